import { ROUTES } from '@latchkey/protocol';
import type { Client } from '../domain/clients/client.ts';
import type { FormParameters } from '../domain/clients/form-encoding.ts';
import { isNonceRequired, isProofRequired } from '../domain/dpop/requirement.ts';
import { networkKey, type AttemptKey } from '../operations/attempts.ts';
import { checkProof, currentNonce, type ProvedKey } from '../operations/check-proof.ts';
import { ApiError } from './api-error.ts';
import type { AppContext, HttpDependencies } from './environment.ts';
import { OAuthError } from './oauth-error.ts';

/** What a page of another origin may send and read, beside what it always may. */
export const DPOP_HEADER = 'DPoP';
const NONCE_HEADER = 'DPoP-Nonce';

/**
 * The key that the client proves to have with this request (RFC 9449 §5); undefined where it sends no proof and need
 * not. The proof of a public client, which may be anybody, counts until it is given back.
 *
 * @param path - Of the endpoint: a proof is for its URL below the issuer.
 * @throws {@link OAuthError} `invalid_dpop_proof`, `use_dpop_nonce`. With either, and with whatever follows, the nonce
 * is sent.
 */
export async function readKeyProof(
  c: AppContext,
  dependencies: HttpDependencies,
  client: Client,
  path: string,
): Promise<ProvedKey | undefined> {
  if (c.req.header(DPOP_HEADER) === undefined && isProofRequired(client)) {
    throw new OAuthError('invalid_dpop_proof', 'The client is registered to send a proof of possession');
  }
  const network = networkKey(dependencies.operations, c.var.caller);
  const counted = client.authMethod === 'none' ? (['proofByNetwork', network] as const) : undefined;
  return readOptionalProof(c, dependencies, client, path, counted);
}

async function readOptionalProof(
  c: AppContext,
  dependencies: HttpDependencies,
  client: Client,
  path: string,
  counted?: AttemptKey,
): Promise<ProvedKey | undefined> {
  const { operations, log } = dependencies;
  const text = c.req.header(DPOP_HEADER);
  if (text === undefined) return undefined;
  await sendNonce(c, dependencies);
  const verdict = await checkProof(operations, {
    text,
    method: c.req.method,
    url: new URL(path, operations.policy.issuer).href,
    accessToken: undefined,
    keyThumbprint: undefined,
    isNonceRequired: isNonceRequired(client),
    counted,
  });
  if (verdict.kind === 'proved') return verdict;
  log.warn({ requestId: c.var.requestId, clientId: client.id, reason: verdict.reason }, 'proof refused');
  throw new OAuthError(verdict.kind);
}

/**
 * The parameters of a pushed request, with the key that its proof is of: as if `dpop_jkt` named it (RFC 9449 §10.1).
 * The caller has counted the request.
 *
 * @throws {@link OAuthError} as above, and `invalid_dpop_proof` where `dpop_jkt` names another one.
 */
export async function withProvedKey(
  c: AppContext,
  dependencies: HttpDependencies,
  client: Client,
  form: FormParameters,
): Promise<FormParameters> {
  const proved = await readOptionalProof(c, dependencies, client, ROUTES.par);
  if (proved === undefined) return form;
  const { keyThumbprint } = proved;
  const [named = keyThumbprint] = form.get('dpop_jkt') ?? [];
  if (named !== keyThumbprint) throw new OAuthError('invalid_dpop_proof', 'dpop_jkt names another key');
  return new Map([...form, ['dpop_jkt', [keyThumbprint]]]);
}

/**
 * The same for a page of this server's own origin, whose cookie says who it is. No nonce is asked for: whoever could
 * make proofs ahead in this page could as well ask for tokens in it.
 *
 * @throws {@link ApiError} `invalid_dpop_proof`
 */
export async function readPageProof(
  c: AppContext,
  { operations, log }: HttpDependencies,
  path: string,
): Promise<string | undefined> {
  const text = c.req.header(DPOP_HEADER);
  if (text === undefined) return undefined;
  const verdict = await checkProof(operations, {
    text,
    method: c.req.method,
    url: new URL(path, operations.policy.issuer).href,
    accessToken: undefined,
    keyThumbprint: undefined,
    isNonceRequired: false,
  });
  if (verdict.kind === 'proved') return verdict.keyThumbprint;
  log.warn({ requestId: c.var.requestId, reason: verdict.reason }, 'proof refused');
  throw new ApiError('invalid_dpop_proof');
}

/** RFC 9449 §8.2: with every answer to a proof, so that the client has a new one before the old one ends. */
export async function sendNonce(c: AppContext, { operations }: HttpDependencies): Promise<void> {
  c.header(NONCE_HEADER, await currentNonce(operations));
}

/**
 * For endpoints that pages of any origin may use, with a preflight for what is not simple (W3C Fetch §3.2). No cookie
 * counts there.
 */
export function allowOrigins(c: AppContext): void {
  c.header('Access-Control-Allow-Origin', '*');
  c.header('Access-Control-Expose-Headers', `${NONCE_HEADER}, WWW-Authenticate`);
}

/** The answer to such a preflight. */
export function answerPreflight(c: AppContext, methods: string): Response {
  allowOrigins(c);
  c.header('Access-Control-Allow-Methods', methods);
  c.header('Access-Control-Allow-Headers', `Authorization, Content-Type, ${DPOP_HEADER}`);
  c.header('Access-Control-Max-Age', '7200');
  return c.body(null, 204);
}
