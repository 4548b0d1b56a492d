import { findTokens, type Token } from './token-shape.ts';

/** Parameters that are of use once, or say nothing about the user: RFC 6749, OpenID Connect, SAML, versions of files. */
const HARMLESS =
  /^(?:code|state|nonce|code_challenge|session_state|request|request_uri|client_id|saml\w*|relaystate|v|ver|version|hash|h|sig|signature|_\w*)$/i;
/** A parameter that is called so has a credential in it, however it looks. */
const TELLING = /token|jwt|auth|session|sid$|secret|password/i;

export interface AddressToken {
  /** Of the parameter; of the path where it is there. */
  readonly name: string;
  readonly token: Token;
}

/** Known credentials anywhere in it, JWTs in any parameter or part of the path, and others where the name tells. */
export function tokensInAddress(address: string, known: readonly string[]): AddressToken[] {
  const url = URL.parse(address);
  if (url === null) return [];
  const parameters = [...url.searchParams].flatMap(([name, value]): AddressToken[] => {
    const credential = known.find((text) => value.includes(text));
    const found = findTokens(value).map(({ token }) => token);
    if (credential !== undefined) {
      return [{ name, token: found.find(({ text }) => text === credential) ?? { kind: 'opaque', text: credential } }];
    }
    if (HARMLESS.test(name)) return [];
    return found.filter(({ kind }) => kind !== 'opaque' || TELLING.test(name)).map((token) => ({ name, token }));
  });
  const { pathname } = url;
  const inPath: Token[] = [
    ...findTokens(pathname)
      .map(({ token }) => token)
      .filter(({ kind }) => kind !== 'opaque'),
    ...known.filter((text) => pathname.includes(text)).map((text) => ({ kind: 'opaque' as const, text })),
  ];
  return [...parameters, ...inPath.map((token) => ({ name: 'the path', token }))];
}

/** The same of what is behind `#`, as the implicit flow puts it there. */
export function tokensInFragment(address: string, known: readonly string[]): AddressToken[] {
  const fragment = URL.parse(address)?.hash.slice(1) ?? '';
  return tokensInAddress(`http://fragment/?${fragment.replace(/^[!/?]+/, '')}`, known);
}
