import { SERVER_SCOPES } from '../access-tokens/grant.ts';
import { isPrivateTransport } from '../network/host-name.ts';
import {
  CLIENT_AUTH_METHODS,
  GRANT_TYPES,
  JWT_BEARER_GRANT,
  TOKEN_EXCHANGE_GRANT,
  type Client,
  type ClientAuthMethod,
  type GrantType,
} from './client.ts';
import { readClientKeys, type ClientKey, type ClientKeyProblemCode } from './keys.ts';
import { parseScope } from './scope.ts';

/** Where the public keys of a client are. */
export interface KeySource {
  /** Here: a JWK or a JWK Set (RFC 7517), in JSON. */
  readonly jwks?: string | undefined;
  /** There: the address of a JWK Set. */
  readonly jwksUri?: string | undefined;
}

/** What an operator says of a client. */
export interface RegistrationInput extends KeySource {
  readonly name: string;
  readonly grants: readonly string[];
  /** Separated by spaces. */
  readonly scope: string;
  readonly audiences: readonly string[];
  readonly redirectUris: readonly string[];
  /** A public client has no secret: whoever has the program could read it. */
  readonly isPublic: boolean;
  /** By its name in RFC 8414 §2; undefined for what suits the client. */
  readonly authMethod: string | undefined;
  /** The operator's own: its users are not asked. */
  readonly isFirstParty?: boolean;
  /** Where its users may be sent once they have signed out. */
  readonly postLogoutRedirectUris?: readonly string[];
  /** Where it is told that a user has signed out. */
  readonly backchannelLogoutUri?: string | undefined;
  /** All of its tokens must be bound to a key. */
  readonly isDpopBound?: boolean;
  /** It must push its authorization requests. */
  readonly requiresPushedRequests?: boolean;
}

export type RegistrationProblemCode =
  | 'bad_name'
  | 'unknown_grant'
  | 'grant_needs_secret'
  /** A code is sent to a redirect URI. */
  | 'grant_needs_redirect_uri'
  /** A refresh token comes of a code. */
  | 'grant_needs_code'
  | 'bad_scope'
  | 'scope_needs_secret'
  | 'bad_audience'
  | 'bad_redirect_uri'
  | 'bad_backchannel_logout_uri'
  | 'unknown_auth_method'
  | 'auth_method_needs_secret'
  | 'auth_method_needs_keys'
  /** Nobody but the client's keys can say whose the assertion is. */
  | 'grant_needs_keys'
  /** Keys here and keys there. */
  | 'several_key_sources'
  /** Who can keep a private key is no public client. */
  | 'keys_of_public_client'
  | 'bad_jwks_uri'
  | ClientKeyProblemCode;

export interface RegistrationProblem {
  readonly code: RegistrationProblemCode;
  /** What was given. */
  readonly value: string;
}

export type Registration = Omit<Client, 'id' | 'version' | 'disabledAt' | 'createdAt'>;

export type RegistrationDecision =
  | { readonly kind: 'accepted'; readonly registration: Registration; readonly keys: readonly ClientKey[] }
  | { readonly kind: 'refused'; readonly problems: readonly RegistrationProblem[] };

const MAX_NAME_LENGTH = 120;
const MAX_URI_LENGTH = 2048;
/** Control characters and what could turn a line around. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Decides whether a client may be registered like this, and names everything that is wrong. */
export function decideRegistration(input: RegistrationInput): RegistrationDecision {
  const name = input.name.trim();
  const scopes = parseScope(input.scope);
  const hasKeys = input.jwks !== undefined || input.jwksUri !== undefined;
  const authMethod = input.authMethod ?? usualAuthMethod(input.isPublic, hasKeys);
  const { postLogoutRedirectUris = [], backchannelLogoutUri } = input;
  const isConfidential = !input.isPublic && authMethod !== 'none';
  const keyDecision = decideKeys(input);
  const problems: readonly RegistrationProblem[] = [
    ...(name === '' || name.length > MAX_NAME_LENGTH || UNPRINTABLE.test(name) ? [problem('bad_name', name)] : []),
    ...input.grants.flatMap((grant) => grantProblems(grant, input, isConfidential)),
    ...(scopes === undefined ? [problem('bad_scope', input.scope)] : scopeProblems(scopes, isConfidential)),
    ...input.audiences.filter((audience) => !isAudience(audience)).map((value) => problem('bad_audience', value)),
    ...[...input.redirectUris, ...postLogoutRedirectUris]
      .filter((uri) => !isClientAddress(uri))
      .map((value) => problem('bad_redirect_uri', value)),
    ...(backchannelLogoutUri !== undefined && !isClientAddress(backchannelLogoutUri)
      ? [problem('bad_backchannel_logout_uri', backchannelLogoutUri)]
      : []),
    ...authMethodProblems(authMethod, isConfidential, hasKeys),
    ...(hasKeys && !isConfidential ? [problem('keys_of_public_client', name)] : []),
    ...keyDecision.problems,
  ];
  if (problems.length > 0) return { kind: 'refused', problems };
  const registration: Registration = {
    name,
    authMethod: authMethod as ClientAuthMethod,
    grants: unique(input.grants) as readonly GrantType[],
    scopes: scopes ?? [],
    audiences: unique(input.audiences),
    redirectUris: unique(input.redirectUris),
    firstParty: input.isFirstParty === true,
    postLogoutRedirectUris: unique(postLogoutRedirectUris),
    jwksUri: input.jwksUri ?? null,
    backchannelLogoutUri: backchannelLogoutUri ?? null,
    dpopBound: input.isDpopBound === true,
    requirePushedRequests: input.requiresPushedRequests === true,
  };
  return { kind: 'accepted', registration, keys: keyDecision.keys };
}

function usualAuthMethod(isPublic: boolean, hasKeys: boolean): ClientAuthMethod {
  if (isPublic) return 'none';
  return hasKeys ? 'private_key_jwt' : 'client_secret_basic';
}

/** Decides on the keys of a client: all of them must be good. None are there where they are to be fetched. */
export function decideKeys({ jwks, jwksUri }: KeySource): {
  readonly keys: readonly ClientKey[];
  readonly problems: readonly RegistrationProblem[];
} {
  const { keys, problems } = jwks === undefined ? { keys: [], problems: [] } : readClientKeys(jwks);
  return {
    keys,
    problems: [
      ...(jwks !== undefined && jwksUri !== undefined ? [problem('several_key_sources', jwksUri)] : []),
      ...(jwksUri !== undefined && !isClientAddress(jwksUri) ? [problem('bad_jwks_uri', jwksUri)] : []),
      ...problems.map(({ code, index }) => problem(code, String(index))),
    ],
  };
}

function grantProblems(
  grant: string,
  { grants, redirectUris, jwks, jwksUri }: Pick<RegistrationInput, 'grants' | 'redirectUris' | keyof KeySource>,
  isConfidential: boolean,
): RegistrationProblem[] {
  const known = GRANT_TYPES.find((each) => each === grant);
  switch (known) {
    case undefined:
      return [problem('unknown_grant', grant)];
    case 'client_credentials':
    case TOKEN_EXCHANGE_GRANT:
      // RFC 6749 §4.4: only confidential clients. Whoever found a token could exchange it as any other.
      return isConfidential ? [] : [problem('grant_needs_secret', grant)];
    case JWT_BEARER_GRANT:
      return jwks === undefined && jwksUri === undefined ? [problem('grant_needs_keys', grant)] : [];
    case 'authorization_code':
      return redirectUris.length > 0 ? [] : [problem('grant_needs_redirect_uri', grant)];
    case 'refresh_token':
      return grants.includes('authorization_code') ? [] : [problem('grant_needs_code', grant)];
  }
}

/** Whoever has power over this server must be able to prove who they are. */
function scopeProblems(scopes: readonly string[], isConfidential: boolean): RegistrationProblem[] {
  if (isConfidential) return [];
  return scopes.filter((scope) => SERVER_SCOPES.includes(scope)).map((scope) => problem('scope_needs_secret', scope));
}

function authMethodProblems(authMethod: string, isConfidential: boolean, hasKeys: boolean): RegistrationProblem[] {
  if (!isOneOf(CLIENT_AUTH_METHODS, authMethod)) return [problem('unknown_auth_method', authMethod)];
  if (authMethod === 'private_key_jwt' && !hasKeys) return [problem('auth_method_needs_keys', authMethod)];
  return isConfidential || authMethod === 'none' ? [] : [problem('auth_method_needs_secret', authMethod)];
}

/** An absolute URI without a fragment (RFC 8707 §2). Kept in a list that spaces separate, so it has none. */
function isAudience(text: string): boolean {
  return isUriText(text) && URL.canParse(text);
}

/**
 * Where a browser may be sent with a code, or the client be told something: https, or http on this very machine (RFC
 * 8252 §7.3). Compared as text later (RFC 9700 §4.1.3), so there are no patterns; without a fragment (RFC 6749 §3.1.2)
 * and without a password.
 */
function isClientAddress(text: string): boolean {
  if (!isUriText(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  const { hostname, username, password } = url;
  if (username !== '' || password !== '' || hostname.includes('*')) return false;
  // `https:example.com` and `https:/example.com` are read as this by browsers alone. In small letters, as whatever tells
  // this very machine from others (RFC 8252 §8.6) and leads on to it compares text.
  if (!/^https?:\/\/[^/]/.test(text)) return false;
  return isPrivateTransport(url);
}

/** Characters of a URI (RFC 3986 §2) but `#`; no space or backslash, which browsers read as something else. */
const URI_TEXT = /^[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/;

function isUriText(text: string): boolean {
  return text.length <= MAX_URI_LENGTH && URI_TEXT.test(text);
}

function isOneOf(known: readonly string[], text: string): boolean {
  return known.includes(text);
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function problem(code: RegistrationProblemCode, value: string): RegistrationProblem {
  return { code, value };
}
