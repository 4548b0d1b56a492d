import { compactVerify, errors, type JWK } from 'jose';
import {
  decideAssertion,
  keysForAssertion,
  readAssertion,
  SECRET_ASSERTION_ALGORITHM,
  type AssertionPurpose,
  type PresentedAssertion,
} from '../domain/clients/assertion.ts';
import type { Client } from '../domain/clients/client.ts';
import { sealingContext } from '../domain/clients/secret.ts';
import { unseal } from '../domain/secrets/seal.ts';
import { findClientWithKeys, type ClientWithKeys } from '../storage/client-keys.ts';
import { findClientWithSecrets } from '../storage/clients.ts';
import { takeTokenId } from '../storage/used-token-ids.ts';
import type { ClientAuthentication, ClientRefusal } from './authenticate-client.ts';
import type { OperationContext } from './context.ts';
import { DECOY_KEYS } from './decoy-keys.ts';
import { fetchClientKeys, KEYS_DUE_AFTER_MS, KEYS_KEPT_MS, KEYS_UNKNOWN_AFTER_MS } from './fetch-client-keys.ts';

export interface AssertionRequest {
  readonly jwt: string;
  readonly purpose: AssertionPurpose;
  /** Whose it is, by what else the request says; undefined where that says nothing. */
  readonly clientId: string | undefined;
}

/** What a client signed, in JSON; and the client, as it was then. */
type SignatureCheck =
  | { readonly kind: 'signed'; readonly client: Client; readonly claims: string }
  | { readonly kind: 'refused'; readonly reason: ClientRefusal };

/**
 * Checks a JWT that a client signed (RFC 7523 §3), and uses it up: of any number of calls with the same one, on any
 * number of nodes and for whichever purpose, one gets through. An unknown client and a wrong signature cost the same.
 * Does not check what the client may do.
 */
export async function authenticateByAssertion(
  context: OperationContext,
  { jwt, purpose, clientId }: AssertionRequest,
): Promise<ClientAuthentication> {
  const reading = readAssertion(jwt, purpose);
  if (reading.kind === 'refused') return reading;
  const { assertion } = reading;
  const result = await authenticate(context, assertion, purpose, clientId);
  return result.kind === 'refused' ? { ...result, clientId: assertion.clientId } : result;
}

async function authenticate(
  context: OperationContext,
  assertion: PresentedAssertion,
  purpose: AssertionPurpose,
  clientId: string | undefined,
): Promise<ClientAuthentication> {
  // RFC 7521 §4.2: both name the same client.
  if (clientId !== undefined && clientId !== assertion.clientId) return refused('other_client');
  const isBySecret = assertion.algorithm === SECRET_ASSERTION_ALGORITHM;
  const checked = isBySecret ? await checkBySecret(context, assertion) : await checkByKey(context, assertion);
  if (checked.kind === 'refused') return checked;
  const { client, claims } = checked;
  const { issuer } = context.policy;
  const decision = decideAssertion(claims, { clientId: client.id, issuer, now: context.clock() });
  if (decision.kind === 'refused') return decision;
  if (client.disabledAt !== null) return refused('disabled');
  const method = isBySecret ? 'client_secret_jwt' : 'private_key_jwt';
  if (purpose === 'client_authentication' && client.authMethod !== method) return { kind: 'other_method', client };
  const { jti, expiresAt } = decision;
  // Only now: else anybody could use up what a client is about to send.
  const isFirst = await context.store.transaction((tx) =>
    takeTokenId(tx, { kind: 'client_assertion', owner: client.id, id: jti, expiresAt }),
  );
  return isFirst ? { kind: 'authenticated', client } : refused('replayed');
}

async function checkBySecret(context: OperationContext, assertion: PresentedAssertion): Promise<SignatureCheck> {
  const found = await findClientWithSecrets(context.store.queries, assertion.clientId);
  const now = context.clock();
  const candidates = (found?.secrets ?? []).flatMap(({ hash, expiresAt, sealed }) => {
    if (sealed === null || (expiresAt !== null && now >= expiresAt)) return [];
    const secret = unseal(context.keys.clientSecretEncryption, sealed, sealingContext(assertion.clientId, hash));
    // OpenID Connect Core §10.1: the octets of its text.
    return secret === undefined ? [] : [Buffer.from(secret)];
  });
  return checkSignature(assertion, found?.client, candidates);
}

async function checkByKey(context: OperationContext, assertion: PresentedAssertion): Promise<SignatureCheck> {
  const found = await findFreshKeys(context, assertion);
  const isKept = found?.client.jwksUri === null || (found?.fetchedAt ?? -Infinity) > context.clock() - KEYS_KEPT_MS;
  const candidates = isKept && found !== undefined ? keysForAssertion(found.keys, assertion) : [];
  return checkSignature(assertion, found?.client, candidates);
}

/** The client's keys; fetched anew where they are old, or where the one that is named is not among them. */
async function findFreshKeys(
  context: OperationContext,
  { clientId, kid }: PresentedAssertion,
): Promise<ClientWithKeys | undefined> {
  const { queries } = context.store;
  const found = await findClientWithKeys(queries, clientId);
  if (found === undefined || found.client.jwksUri === null || found.client.disabledAt !== null) return found;
  const now = context.clock();
  const isOld = (found.fetchedAt ?? -Infinity) <= now - KEYS_DUE_AFTER_MS;
  const isKnown = kid === undefined || found.keys.some((key) => key.kid === kid);
  const askedBefore = now - KEYS_UNKNOWN_AFTER_MS;
  if ((isKnown && !isOld) || (found.askedAt ?? -Infinity) > askedBefore) return found;
  await fetchClientKeys(context, clientId, askedBefore);
  // Another version of the client, if a key is gone: a token of this one would be void.
  return findClientWithKeys(queries, clientId);
}

async function checkSignature(
  { jwt, algorithm }: PresentedAssertion,
  client: Client | undefined,
  candidates: readonly (JWK | Uint8Array)[],
): Promise<SignatureCheck> {
  for (const key of candidates) {
    const claims = await verify(jwt, algorithm, key);
    if (claims !== undefined && client !== undefined) return { kind: 'signed', client, claims };
  }
  const decoy = DECOY_KEYS[algorithm];
  // A copy, as keys from the database are: jose keeps what it has imported, by the object.
  if (candidates.length === 0 && decoy !== undefined) await verify(jwt, algorithm, structuredClone(decoy));
  if (client === undefined) return refused('unknown');
  return refused(candidates.length === 0 ? 'unknown_key' : 'wrong_signature');
}

/** What was signed by this key and algorithm; undefined where it was not. */
async function verify(jwt: string, algorithm: string, key: JWK | Uint8Array): Promise<string | undefined> {
  try {
    const { payload } = await compactVerify(jwt, key, { algorithms: [algorithm] });
    return Buffer.from(payload).toString();
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function refused(reason: ClientRefusal): { readonly kind: 'refused'; readonly reason: ClientRefusal } {
  return { kind: 'refused', reason };
}
