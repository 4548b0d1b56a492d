import type { Caller } from '../domain/audit/event.ts';
import type { Client } from '../domain/clients/client.ts';
import { findClient } from '../storage/clients.ts';
import { findSession, wasReplaced } from '../storage/sessions.ts';
import type { OperationContext } from './context.ts';
import { endOneSession } from './end-sessions.ts';
import { readIdTokenHint, type IdTokenHint } from './id-token-hint.ts';

export interface LogoutRequest {
  readonly idTokenHint: string | undefined;
  readonly clientId: string | undefined;
  readonly redirectUri: string | undefined;
}

export type LogoutResult =
  /** The session has ended, now or before. */
  | { readonly kind: 'signed_out'; readonly redirectUri: string | undefined }
  /** Nothing proves that the client means whoever is signed in now: the user is to be asked. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'bad_redirect_uri' };

/**
 * Signs a user out for a client (OpenID Connect RP-Initiated Logout §2). The ID token names the session, so no cookie is
 * needed: the browser sends none where another site leads here. Sessions that clients hold go on: each ends its own.
 */
export async function logOut(context: OperationContext, request: LogoutRequest, caller: Caller): Promise<LogoutResult> {
  const hint = request.idTokenHint === undefined ? undefined : await readHint(context, request.idTokenHint);
  if (hint === undefined) return { kind: 'ask' };
  const { client, sessionId } = hint;
  if (request.clientId !== undefined && request.clientId !== client.id) return { kind: 'ask' };
  const { redirectUri } = request;
  // §3: exactly one that was registered; nothing ends where it is not.
  if (redirectUri !== undefined && !client.postLogoutRedirectUris.includes(redirectUri)) {
    return { kind: 'bad_redirect_uri' };
  }
  const found = await findSession(context.store.queries, sessionId);
  // Another session of the same browser goes on in its place, and the ID token does not say whose.
  const hasEnded = found !== undefined && found.session.revokedAt !== null;
  if (hasEnded && (await wasReplaced(context.store.queries, sessionId))) return { kind: 'ask' };
  if (found !== undefined && found.user.id === hint.subject) {
    const input = { id: sessionId, userId: found.user.id, reason: 'signed_out', actor: client.id } as const;
    await endOneSession(context, input, caller);
  }
  return { kind: 'signed_out', redirectUri };
}

interface Hint extends IdTokenHint {
  readonly client: Client;
}

/** Undefined for all that is no ID token of ours, of a client that may still act. */
async function readHint(context: OperationContext, idToken: string): Promise<Hint | undefined> {
  const hint = await readIdTokenHint(context, idToken);
  if (hint === undefined) return undefined;
  const client = await findClient(context.store.queries, hint.clientId);
  return client === undefined || client.disabledAt !== null ? undefined : { ...hint, client };
}
