import { SERVER_SCOPES } from '../access-tokens/grant.ts';
import type { Client } from '../clients/client.ts';
import type { FormParameters } from '../clients/form-encoding.ts';
import { parseScope } from '../clients/scope.ts';
import { isKeyThumbprint } from '../dpop/key-refusal.ts';
import type { ClientId, UserId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import { isCodeChallenge } from './pkce.ts';
import { isRegisteredRedirectUri } from './redirect-uri.ts';

/** Scopes of OpenID Connect (Core §5.4): what they give is about the user alone, so every client may ask. */
export const IDENTITY_SCOPES: ReadonlySet<string> = new Set(['openid', 'profile', 'email']);

export const PROMPTS = ['none', 'login', 'consent', 'select_account'] as const;
export type Prompt = (typeof PROMPTS)[number];

/** What a client asks a user's browser for, checked against its registration. */
export interface AuthorizationRequest {
  readonly clientId: ClientId;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly nonce: string | undefined;
  readonly codeChallenge: string;
  /** Thumbprint of the key that must use the code (RFC 9449 §10); undefined: any may. */
  readonly keyThumbprint: string | undefined;
  readonly scopes: readonly string[];
  /** Resource server that the access token is for (RFC 8707). */
  readonly audience: string;
  readonly prompts: readonly Prompt[];
  readonly maxAgeSeconds: number | undefined;
  /** What the user may want to sign in as, to be filled in for them. */
  readonly loginHint: string | undefined;
  /** Who the user must be, by the ID token that the client sent. */
  readonly hintedUser: UserId | undefined;
  /** Hash of the reference that the client pushed it under (RFC 9126); undefined where the browser brought it all. */
  readonly pushedAs: string | undefined;
  /** When it first came: who signs in later has done so for it. */
  readonly startedAt: Instant;
}

/** Errors of a request in itself (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6, RFC 8707 §2). */
export type RequestErrorCode =
  | 'invalid_request'
  | 'unauthorized_client'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'request_not_supported'
  | 'request_uri_not_supported';

/** All that the client is told of: also what the user, or whoever is signed in, has to do with. */
export type AuthorizationErrorCode = RequestErrorCode | 'access_denied' | 'login_required' | 'consent_required';

/** Where an error goes: known only once client and redirect URI are. */
export type AuthorizationTarget = Pick<AuthorizationRequest, 'redirectUri' | 'state'>;

export type AuthorizationDecision =
  | { readonly kind: 'accepted'; readonly request: AuthorizationRequest }
  | { readonly kind: 'refused'; readonly target: AuthorizationTarget; readonly error: RequestErrorCode }
  /** RFC 6749 §4.1.2.1: the browser must not be sent there. */
  | { readonly kind: 'bad_redirect_uri' };

/** What is known of a request beside its parameters. */
export interface RequestOrigin extends Pick<AuthorizationRequest, 'pushedAs'> {
  readonly issuer: string;
  /**
   * Whom the `id_token_hint` is about; undefined where there is none, null where it is not an ID token of the client.
   */
  readonly hintedUser: UserId | null | undefined;
  readonly now: Instant;
}

/** The longest address there is (RFC 5321 §4.5.3.1.3). What is longer helps nobody to sign in. */
const MAX_LOGIN_HINT_LENGTH = 254;

type RegisteredFor = Pick<
  Client,
  'id' | 'grants' | 'scopes' | 'audiences' | 'redirectUris' | 'authMethod' | 'requirePushedRequests'
>;

/** Decides whether the client may ask for this. Nothing about who is signed in is known yet. */
export function decideAuthorizationRequest(
  parameters: FormParameters,
  client: RegisteredFor,
  { issuer, hintedUser, pushedAs, now }: RequestOrigin,
): AuthorizationDecision {
  const get = (name: string) => parameters.get(name)?.[0];
  const redirectUri = get('redirect_uri');
  if (redirectUri === undefined || !isRegisteredRedirectUri(client, redirectUri)) return { kind: 'bad_redirect_uri' };
  const target = { redirectUri, state: get('state') };
  const error = mustBePushed(pushedAs, client) ? 'invalid_request' : protocolError(parameters, client);
  if (error !== undefined) return { kind: 'refused', target, error };

  const scopes = requestedScopes(get('scope'), client);
  if (scopes === undefined) return { kind: 'refused', target, error: 'invalid_scope' };
  const audience = requestedAudience(parameters.get('resource') ?? [], scopes, client, issuer);
  if (audience === undefined) return { kind: 'refused', target, error: 'invalid_target' };
  const prompts = parsePrompts(get('prompt'));
  const maxAgeSeconds = parseMaxAge(get('max_age'));
  if (prompts === undefined || Number.isNaN(maxAgeSeconds) || hintedUser === null) {
    return { kind: 'refused', target, error: 'invalid_request' };
  }
  const request: AuthorizationRequest = {
    ...target,
    clientId: client.id,
    nonce: get('nonce'),
    codeChallenge: get('code_challenge') ?? '',
    keyThumbprint: get('dpop_jkt'),
    scopes,
    audience,
    prompts,
    maxAgeSeconds,
    loginHint: (get('login_hint')?.length ?? 0) > MAX_LOGIN_HINT_LENGTH ? undefined : get('login_hint'),
    hintedUser,
    pushedAs,
    startedAt: now,
  };
  return { kind: 'accepted', request };
}

/**
 * Decides whether the client may still ask for what it was allowed to ask for: it may have been changed while the user
 * signed in, or had the question before them. Its redirect URI is not looked at.
 */
export function findLostRight(
  { pushedAs, scopes, audience }: Pick<AuthorizationRequest, 'pushedAs' | 'scopes' | 'audience'>,
  client: RegisteredFor,
  issuer: string,
): RequestErrorCode | undefined {
  if (mustBePushed(pushedAs, client)) return 'invalid_request';
  if (!client.grants.includes('authorization_code')) return 'unauthorized_client';
  if (!scopes.every((scope) => isScopeOf(client, scope))) return 'invalid_scope';
  return requestedAudience([audience], scopes, client, issuer) === undefined ? 'invalid_target' : undefined;
}

/** RFC 9126 §6: what the browser brings may have been changed on its way. */
function mustBePushed(pushedAs: string | undefined, { requirePushedRequests }: RegisteredFor): boolean {
  return requirePushedRequests && pushedAs === undefined;
}

/** What is wrong in itself, whatever is asked for. */
function protocolError(parameters: FormParameters, client: Pick<Client, 'grants'>): RequestErrorCode | undefined {
  const get = (name: string) => parameters.get(name)?.[0];
  if (parameters.has('request')) return 'request_not_supported';
  if (parameters.has('request_uri')) return 'request_uri_not_supported';
  if (!client.grants.includes('authorization_code')) return 'unauthorized_client';
  const responseType = get('response_type');
  if (responseType === undefined) return 'invalid_request';
  if (responseType !== 'code') return 'unsupported_response_type';
  if ((get('response_mode') ?? 'query') !== 'query') return 'invalid_request';
  // OAuth 2.1 §4.1.1: PKCE for everybody; RFC 7636 §4.4.1. `plain`, also the default, would be a downgrade.
  const challenge = get('code_challenge');
  // RFC 9449 §10. What is no thumbprint would bind the code to a key that nobody has.
  const keyThumbprint = get('dpop_jkt');
  if (keyThumbprint !== undefined && !isKeyThumbprint(keyThumbprint)) return 'invalid_request';
  const isChallenged = challenge !== undefined && isCodeChallenge(challenge);
  return isChallenged && get('code_challenge_method') === 'S256' ? undefined : 'invalid_request';
}

/** Undefined for more than the client was registered with. */
function requestedScopes(text: string | undefined, client: Pick<Client, 'scopes'>): readonly string[] | undefined {
  if (text === undefined) return client.scopes.filter((scope) => isScopeOf(client, scope));
  // OpenID Connect Core §11: to be ignored where it is not offered. The grant decides about refresh tokens.
  const scopes = parseScope(text)?.filter((scope) => scope !== 'offline_access');
  return scopes?.every((scope) => isScopeOf(client, scope)) === true ? scopes : undefined;
}

/** Power over this server is for no user to hand on. */
function isScopeOf({ scopes: registered }: Pick<Client, 'scopes'>, scope: string): boolean {
  return IDENTITY_SCOPES.has(scope) || (registered.includes(scope) && !SERVER_SCOPES.includes(scope));
}

/** One token is for one resource server (RFC 9700 §2.3). Who only wants to know the user needs none but this server. */
function requestedAudience(
  named: readonly string[],
  scopes: readonly string[],
  { audiences }: Pick<Client, 'audiences'>,
  issuer: string,
): string | undefined {
  const allowed = [...audiences, issuer];
  const isForIdentity = scopes.every((scope) => IDENTITY_SCOPES.has(scope));
  const usual = isForIdentity || audiences.length === 0 ? [issuer] : audiences;
  const [audience, ...others] = new Set(named.length > 0 ? named : usual);
  return audience !== undefined && others.length === 0 && allowed.includes(audience) ? audience : undefined;
}

function parsePrompts(text: string | undefined): readonly Prompt[] | undefined {
  if (text === undefined) return [];
  const prompts = text.split(' ').flatMap((word) => PROMPTS.filter((known) => known === word));
  if (prompts.length !== text.split(' ').length) return undefined;
  // OpenID Connect Core §3.1.2.1: `none` with anything else is an error.
  return prompts.includes('none') && prompts.length > 1 ? undefined : prompts;
}

function parseMaxAge(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}
