import type { Caller } from '../domain/audit/event.ts';
import { CODE_LIFE_MS, hashAuthorizationCode, newAuthorizationCode } from '../domain/authorization/code.ts';
import { MAX_CONTINUATION_LENGTH, packContinuation, unpackContinuation } from '../domain/authorization/continuation.ts';
import { hashPushedReference, isPushedReference, unsealParameters } from '../domain/authorization/pushed-request.ts';
import { decideNextStep } from '../domain/authorization/next-step.ts';
import { isRegisteredRedirectUri } from '../domain/authorization/redirect-uri.ts';
import {
  decideAuthorizationRequest,
  findLostRight,
  type AuthorizationDecision,
  type AuthorizationErrorCode,
  type AuthorizationRequest,
} from '../domain/authorization/request.ts';
import type { Client } from '../domain/clients/client.ts';
import type { FormParameters } from '../domain/clients/form-encoding.ts';
import { isClientId, type SessionId, type UserId } from '../domain/ids.ts';
import { insertAuthorizationCode } from '../storage/authorization-codes.ts';
import { findConsent, saveConsent } from '../storage/authorizations.ts';
import { findClient, lockClient } from '../storage/clients.ts';
import { consumePushedRequest, findPushedRequest } from '../storage/pushed-requests.ts';
import { isReplacedAtFirstUse, type SessionWithUser } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { lockUser } from '../storage/users.ts';
import { audit, type OperationContext } from './context.ts';
import { readIdTokenHint } from './id-token-hint.ts';

/** A request that was checked against the client's registration. */
export interface CheckedAuthorization {
  readonly kind: 'checked';
  readonly client: Client;
  readonly request: AuthorizationRequest;
  /** The request as a parameter of our own pages: encrypted. */
  readonly continuation: string;
}

export type AuthorizationReading =
  | CheckedAuthorization
  | Exclude<AuthorizationDecision, { readonly kind: 'accepted' }>
  | { readonly kind: 'unknown_client' }
  /** Not a continuation or a reference of ours, or one that is too old or was used. */
  | { readonly kind: 'expired' };

/** Reads what a client asks for (RFC 6749 §4.1.1). Writes nothing. */
export async function readAuthorization(
  context: OperationContext,
  parameters: FormParameters,
): Promise<AuthorizationReading> {
  const clientId = parameters.get('client_id')?.[0] ?? '';
  const client = isClientId(clientId) ? await findClient(context.store.queries, clientId) : undefined;
  if (client === undefined || client.disabledAt !== null) return { kind: 'unknown_client' };
  const requestUri = parameters.get('request_uri')?.[0];
  if (requestUri === undefined || !isPushedReference(requestUri))
    return checkAuthorization(context, client, parameters);
  // RFC 9101 §5: one or the other. Whatever else the browser brings does not count (§6.3).
  const hash = parameters.has('request') ? undefined : hashPushedReference(requestUri);
  const sealed =
    hash === undefined ? undefined : await findPushedRequest(context.store.queries, hash, client.id, context.clock());
  if (hash === undefined || sealed === undefined) return { kind: 'expired' };
  const pushed = unsealParameters(sealed, hash, context.keys.authorizationRequest);
  // RFC 9126 §4: checked anew, for the client may have been changed meanwhile.
  return pushed === undefined ? { kind: 'expired' } : checkAuthorization(context, client, pushed, hash);
}

/** Checks a request's parameters. @param pushedAs - Hash of the reference that the client pushed them under. */
export async function checkAuthorization(
  context: OperationContext,
  client: Client,
  parameters: FormParameters,
  pushedAs?: string,
): Promise<CheckedAuthorization | Exclude<AuthorizationDecision, { readonly kind: 'accepted' }>> {
  const hintedUser = await hintedUserOf(context, client, parameters.get('id_token_hint')?.[0]);
  const decision = decideAuthorizationRequest(parameters, client, {
    issuer: context.policy.issuer,
    hintedUser,
    pushedAs,
    now: context.clock(),
  });
  if (decision.kind !== 'accepted') return decision;
  const { request } = decision;
  const continuation = pack(context, request, 'authorize');
  if (continuation.length <= MAX_CONTINUATION_LENGTH) return { kind: 'checked', client, request, continuation };
  return { kind: 'refused', target: request, error: 'invalid_request' };
}

/** Null for an ID token that is none of the client's. */
async function hintedUserOf(
  context: OperationContext,
  client: Client,
  idToken: string | undefined,
): Promise<UserId | null | undefined> {
  if (idToken === undefined) return undefined;
  const hint = await readIdTokenHint(context, idToken);
  return hint?.clientId === client.id && hint.subject !== undefined ? (hint.subject as UserId) : null;
}

/**
 * Reads a request that came before, by its continuation.
 *
 * @param consentOf - For the form of a consent: the session that was asked. No other one can answer.
 */
export async function resumeAuthorization(
  context: OperationContext,
  continuation: string,
  consentOf?: SessionId,
): Promise<AuthorizationReading> {
  const key = context.keys.authorizationRequest;
  const request = unpackContinuation(continuation, consentOf ?? 'authorize', key, context.clock());
  if (request === undefined) return { kind: 'expired' };
  const client = await findClient(context.store.queries, request.clientId);
  if (client === undefined || client.disabledAt !== null) return { kind: 'unknown_client' };
  if (!isRegisteredRedirectUri(client, request.redirectUri)) return { kind: 'bad_redirect_uri' };
  const error = findLostRight(request, client, context.policy.issuer);
  if (error !== undefined) return { kind: 'refused', target: request, error };
  return { kind: 'checked', client, request, continuation };
}

/** The same request once the user has chosen among their accounts (OpenID Connect Core §3.1.2.1, `select_account`). */
export function withChosenAccount(context: OperationContext, checked: CheckedAuthorization): CheckedAuthorization {
  const prompts = checked.request.prompts.filter((prompt) => prompt !== 'select_account');
  const request = { ...checked.request, prompts };
  return { ...checked, request, continuation: pack(context, request, 'authorize') };
}

export type AdvanceResult =
  | { readonly kind: 'sign_in' }
  /** The user is to be asked; the answer comes with this continuation. */
  | { readonly kind: 'ask_consent'; readonly continuation: string }
  | { readonly kind: 'granted'; readonly code: string }
  | { readonly kind: 'refused'; readonly error: AuthorizationErrorCode };

/**
 * Goes as far as it goes without the user: to a code, where nobody need be asked.
 *
 * @param current - Whoever is signed in, as accepted by this request's cookie; undefined for nobody.
 */
export async function advanceAuthorization(
  context: OperationContext,
  { client, request }: CheckedAuthorization,
  current: SessionWithUser | undefined,
  caller: Caller,
): Promise<AdvanceResult> {
  const consented = current === undefined ? [] : await findConsent(context.store.queries, current.user.id, client.id);
  const step = decideNextStep(request, client, current?.session, consented);
  switch (step.kind) {
    case 'refuse':
      return { kind: 'refused', error: step.error };
    case 'ask_consent':
      return current === undefined
        ? { kind: 'sign_in' }
        : { kind: 'ask_consent', continuation: pack(context, request, current.session.id) };
    case 'grant':
      return current === undefined
        ? { kind: 'sign_in' }
        : grant(context, client, request, current, step.consent, caller);
    case 'sign_in':
      return { kind: 'sign_in' };
  }
}

/** The user lets the client have what it asks for, and is not asked again. */
export async function allowAuthorization(
  context: OperationContext,
  { client, request }: CheckedAuthorization,
  current: SessionWithUser,
  caller: Caller,
): Promise<AdvanceResult> {
  return grant(context, client, request, current, 'given', caller);
}

/** The user does not: the client is told so. */
export async function denyAuthorization(
  context: OperationContext,
  { client, request }: CheckedAuthorization,
  { user }: SessionWithUser,
  caller: Caller,
): Promise<AdvanceResult> {
  await context.store.transaction((tx) =>
    audit(context, tx, context.clock(), {
      type: 'authorization.denied',
      outcome: 'failure',
      actor: user.id,
      target: client.id,
      caller,
      details: { scope: request.scopes.join(' ') },
    }),
  );
  return { kind: 'refused', error: 'access_denied' };
}

/** Makes the code. Whether the session still stands is looked at when the code is used. */
async function grant(
  context: OperationContext,
  client: Client,
  request: AuthorizationRequest,
  { user, session }: SessionWithUser,
  consent: 'given' | 'first_party' | 'remembered',
  caller: Caller,
): Promise<AdvanceResult> {
  const code = newAuthorizationCode(context.random);
  return context.store.transaction(async (tx): Promise<AdvanceResult> => {
    const now = context.clock();
    if ((await lockUser(tx, user.id)) === undefined) return { kind: 'sign_in' };
    // What a client gets outlives the session: nothing for a copy of the cookie of before a change of the password.
    if (await isReplacedAtFirstUse(tx, session.id, user.id, now)) {
      return request.prompts.includes('none') ? { kind: 'refused', error: 'login_required' } : { kind: 'sign_in' };
    }
    // Locked before anything that whoever removes the client would wait for.
    const known = await lockClient(tx, client.id);
    // The version rises with all that takes something from it, such as what this was checked by.
    if (known === undefined || known.disabledAt !== null || known.version !== client.version) {
      return { kind: 'refused', error: 'unauthorized_client' };
    }
    // RFC 9126 §4: one code for one pushed request, however often the browser comes with it.
    if (request.pushedAs !== undefined && !(await consumePushedRequest(tx, request.pushedAs))) {
      return { kind: 'refused', error: 'invalid_request' };
    }
    // Read under the lock: the user may have taken it back a moment ago.
    if (consent === 'remembered' && !(await isConsented(tx, user.id, request))) {
      return { kind: 'refused', error: 'consent_required' };
    }
    if (consent === 'given') {
      await saveConsent(tx, { userId: user.id, clientId: client.id, scopes: request.scopes }, now);
    }
    await insertAuthorizationCode(tx, {
      hash: hashAuthorizationCode(code),
      clientId: client.id,
      userId: user.id,
      sessionId: session.id,
      generation: session.generation,
      attempt: session.attempt,
      redirectUri: request.redirectUri,
      codeChallenge: request.codeChallenge,
      scopes: request.scopes,
      audience: request.audience,
      nonce: request.nonce,
      keyThumbprint: request.keyThumbprint ?? null,
      expiresAt: now + CODE_LIFE_MS,
    });
    await audit(context, tx, now, {
      type: 'authorization.granted',
      outcome: 'success',
      actor: user.id,
      target: client.id,
      caller,
      details: { scope: request.scopes.join(' '), consent, session: session.id },
    });
    return { kind: 'granted', code: code.reveal() };
  });
}

async function isConsented(tx: Tx, userId: UserId, { clientId, scopes }: AuthorizationRequest): Promise<boolean> {
  const consented = await findConsent(tx, userId, clientId);
  return scopes.every((scope) => consented.includes(scope));
}

function pack(context: OperationContext, request: AuthorizationRequest, use: 'authorize' | SessionId): string {
  return packContinuation(request, use, context.keys.authorizationRequest, context.random);
}
