import type { Caller } from '../domain/audit/event.ts';
import {
  hashPushedReference,
  newPushedReference,
  PUSHED_REQUEST_LIFE_MS,
  sealParameters,
  withoutCredentials,
} from '../domain/authorization/pushed-request.ts';
import type { RequestErrorCode } from '../domain/authorization/request.ts';
import type { Client } from '../domain/clients/client.ts';
import type { FormParameters } from '../domain/clients/form-encoding.ts';
import { SECOND_MS } from '../domain/instant.ts';
import { lockClient } from '../storage/clients.ts';
import { insertPushedRequest } from '../storage/pushed-requests.ts';
import { networkKey, takeAttempt } from './attempts.ts';
import { checkAuthorization } from './authorize.ts';
import type { OperationContext } from './context.ts';

/**
 * No more than browsers bring in an address: anybody may push, as a public client, and has it kept here for a while.
 */
const MAX_SEALED_BYTES = 8192;

export type PushAuthorizationResult =
  | { readonly kind: 'pushed'; readonly requestUri: string; readonly expiresInSeconds: number }
  | { readonly kind: 'refused'; readonly error: RequestErrorCode };

/**
 * Counts a request before anything of it is written, a proof of its key included.
 *
 * @throws {@link TooManyAttemptsError} where a public client, which may be anybody, comes too often.
 */
export async function countPush(context: OperationContext, client: Client, caller: Caller): Promise<void> {
  if (client.authMethod === 'none') await takeAttempt(context, ['pushByNetwork', networkKey(context, caller)]);
}

/**
 * Keeps an authorization request until its user's browser comes with the reference (RFC 9126 §2), checked as if the
 * browser had brought it. The database has the parameters encrypted, and of the reference only a hash. The caller has
 * counted it.
 */
export async function pushAuthorization(
  context: OperationContext,
  client: Client,
  parameters: FormParameters,
): Promise<PushAuthorizationResult> {
  // RFC 9126 §2.1: no reference in what is referred to.
  if (parameters.has('request_uri')) return { kind: 'refused', error: 'invalid_request' };
  const [named = client.id] = parameters.get('client_id') ?? [];
  if (named !== client.id) return { kind: 'refused', error: 'invalid_request' };

  const own = withoutCredentials(parameters);
  const requestUri = newPushedReference(context.random);
  const referenceHash = hashPushedReference(requestUri) ?? '';
  const checked = await checkAuthorization(context, client, own, referenceHash);
  if (checked.kind === 'bad_redirect_uri') return { kind: 'refused', error: 'invalid_request' };
  if (checked.kind === 'refused') return { kind: 'refused', error: checked.error };

  const now = context.clock();
  const parametersSealed = sealParameters(own, referenceHash, context.keys.authorizationRequest, context.random);
  if (parametersSealed.byteLength > MAX_SEALED_BYTES) return { kind: 'refused', error: 'invalid_request' };
  return context.store.transaction(async (tx): Promise<PushAuthorizationResult> => {
    // It may have been removed, or its secret made void, since it was believed.
    const current = await lockClient(tx, client.id);
    if (current?.version !== client.version) return { kind: 'refused', error: 'unauthorized_client' };
    await insertPushedRequest(tx, {
      referenceHash,
      clientId: client.id,
      parametersSealed,
      createdAt: now,
      expiresAt: now + PUSHED_REQUEST_LIFE_MS,
    });
    return { kind: 'pushed', requestUri, expiresInSeconds: PUSHED_REQUEST_LIFE_MS / SECOND_MS };
  });
}
