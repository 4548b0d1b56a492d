import type { Client } from '../clients/client.ts';
import { SECOND_MS } from '../instant.ts';
import type { Session } from '../sessions/session.ts';
import { isOnLoopback } from './redirect-uri.ts';
import type { AuthorizationRequest } from './request.ts';

export type AuthorizationStep =
  | { readonly kind: 'sign_in' }
  | { readonly kind: 'ask_consent' }
  /** Why nobody need be asked. */
  | { readonly kind: 'grant'; readonly consent: 'first_party' | 'remembered' }
  | { readonly kind: 'refuse'; readonly error: 'login_required' | 'consent_required' };

/**
 * Decides what a checked request needs next.
 *
 * @param session - Whoever is signed in; undefined for nobody.
 * @param consented - Scopes that this user has let this client have before.
 */
export function decideNextStep(
  request: Pick<
    AuthorizationRequest,
    'prompts' | 'maxAgeSeconds' | 'startedAt' | 'hintedUser' | 'scopes' | 'redirectUri'
  >,
  client: Pick<Client, 'authMethod' | 'firstParty'>,
  session: Pick<Session, 'userId' | 'authTime'> | undefined,
  consented: readonly string[],
): AuthorizationStep {
  const isSilent = request.prompts.includes('none');
  if (session === undefined || !isFresh(request, session)) {
    return isSilent ? { kind: 'refuse', error: 'login_required' } : { kind: 'sign_in' };
  }
  // OpenID Connect Core §3.1.2.1: for that user or nobody. Whoever has signed in for this as another one is not asked
  // again.
  if (request.hintedUser !== undefined && request.hintedUser !== session.userId) {
    const hasAnswered = session.authTime >= request.startedAt;
    return isSilent || hasAnswered ? { kind: 'refuse', error: 'login_required' } : { kind: 'sign_in' };
  }
  const consent = knownConsent(request, client, consented);
  if (consent !== undefined && !request.prompts.includes('consent')) return { kind: 'grant', consent };
  return isSilent ? { kind: 'refuse', error: 'consent_required' } : { kind: 'ask_consent' };
}

/** Whether the user has proved who they are as lately as the client wants (OpenID Connect Core §3.1.2.1). */
function isFresh(
  { prompts, maxAgeSeconds, startedAt }: Pick<AuthorizationRequest, 'prompts' | 'maxAgeSeconds' | 'startedAt'>,
  { authTime }: Pick<Session, 'authTime'>,
): boolean {
  const isAskedAnew = prompts.includes('login') || prompts.includes('select_account');
  const maxAgeMs = isAskedAnew ? 0 : (maxAgeSeconds ?? Number.POSITIVE_INFINITY) * SECOND_MS;
  return authTime >= startedAt - maxAgeMs;
}

function knownConsent(
  { scopes, redirectUri }: Pick<AuthorizationRequest, 'scopes' | 'redirectUri'>,
  { authMethod, firstParty }: Pick<Client, 'authMethod' | 'firstParty'>,
  consented: readonly string[],
): 'first_party' | 'remembered' | undefined {
  // RFC 8252 §8.6: any program on the machine may call itself this client, so a person has to look each time.
  if (authMethod === 'none' && isOnLoopback(redirectUri)) return undefined;
  if (firstParty) return 'first_party';
  const isRemembered = consented.length > 0 && scopes.every((scope) => consented.includes(scope));
  return isRemembered ? 'remembered' : undefined;
}
