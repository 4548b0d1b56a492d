import { CLIENT_ASSERTION_TYPE } from './assertion.ts';
import { formDecode, type FormParameters } from './form-encoding.ts';
import { parseClientSecret, type ClientSecret } from './secret.ts';

/** A secret that is sent as it is, before anything of it has been checked. */
export interface PresentedClientCredentials {
  readonly method: 'client_secret_basic' | 'client_secret_post';
  readonly clientId: string;
  /** Undefined for text that was never a secret of ours. */
  readonly secret: ClientSecret | undefined;
}

export type CredentialsReading =
  | { readonly kind: 'presented'; readonly credentials: PresentedClientCredentials }
  /** A JWT that the client signed (RFC 7523 §2.2), and whose it is said to be, if that is said. */
  | { readonly kind: 'asserted'; readonly assertion: string; readonly clientId: string | undefined }
  /** The id alone, of a client that has nothing to prove it with. */
  | { readonly kind: 'identified'; readonly clientId: string }
  /** Nothing, or nothing that this server knows how to check. */
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  /** RFC 6749 §2.3: one method a request. */
  | { readonly kind: 'several_methods' };

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;
const MAX_HEADER_LENGTH = 1024;

/**
 * Reads the client's credentials from the Authorization header or from the body (RFC 6749 §2.3.1, RFC 7521 §4.2).
 *
 * @param form - Parameters of the body; of a request that has none, an empty map.
 */
export function readClientCredentials(authorization: string | undefined, form: FormParameters): CredentialsReading {
  const id = form.get('client_id')?.[0];
  const secret = form.get('client_secret')?.[0];
  const assertion = readClientAssertion(form);
  if (assertion !== undefined) {
    return authorization === undefined && secret === undefined ? assertion : { kind: 'several_methods' };
  }
  if (authorization === undefined) {
    if (id === undefined) return { kind: 'none' };
    if (secret === undefined) return { kind: 'identified', clientId: id };
    return presented('client_secret_post', id, secret);
  }
  if (secret !== undefined) return { kind: 'several_methods' };
  if (!/^basic(?: |$)/i.test(authorization)) return { kind: 'none' };
  const basic = readBasic(authorization);
  if (basic === undefined) return { kind: 'malformed' };
  // The body may say once more who asks, but nobody else.
  if (id !== undefined && id !== basic.id) return { kind: 'several_methods' };
  return presented('client_secret_basic', basic.id, basic.secret);
}

/** Both parameters or neither (RFC 7521 §4.2). Of another type is nothing that this server knows how to check. */
function readClientAssertion(form: FormParameters): CredentialsReading | undefined {
  const type = form.get('client_assertion_type')?.[0];
  const assertion = form.get('client_assertion')?.[0];
  if (type === undefined && assertion === undefined) return undefined;
  if (type === undefined || assertion === undefined) return { kind: 'malformed' };
  if (type !== CLIENT_ASSERTION_TYPE) return { kind: 'none' };
  return { kind: 'asserted', assertion, clientId: form.get('client_id')?.[0] };
}

function presented(method: PresentedClientCredentials['method'], clientId: string, secret: string): CredentialsReading {
  return { kind: 'presented', credentials: { method, clientId, secret: parseClientSecret(secret) } };
}

/** Id and secret are form-encoded each, and only then joined and put into base64 (RFC 6749 §2.3.1, RFC 7617 §2). */
function readBasic(authorization: string): { readonly id: string; readonly secret: string } | undefined {
  if (authorization.length > MAX_HEADER_LENGTH) return undefined;
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  const id = formDecode(text.slice(0, colon));
  const secret = formDecode(text.slice(colon + 1));
  return id === undefined || secret === undefined ? undefined : { id, secret };
}
