import { CLIENT_KEYS_MAX_AGE_SECONDS } from '@latchkey/protocol';
import { KeySource } from '../keys/key-source.ts';
import { notify } from '../notify.ts';
import type { VerifierSettings } from '../options.ts';
import { basicAuthorization } from '../revocations/issuer-requests.ts';
import type { RevocationCheck } from '../revocations/revocation-check.ts';
import type { Runtime } from '../runtime.ts';
import { fetchClientKeys, readClientKeys, type ClientKey } from './client-keys.ts';

/**
 * How much longer keys are used while the issuer does not tell of them. By far shorter than revocations are remembered: an
 * old answer must not outlive the event that says that it is old.
 */
const MAX_STALE_MS = 300_000;

/** The keys of clients, kept at hand; undefined where clients may not show themselves. */
export function createClientKeySource(
  runtime: Runtime,
  settings: VerifierSettings,
  revocations: RevocationCheck,
  onReplaced: () => void,
): KeySource<ClientKey> | undefined {
  const { clientKeysUri, revocation, fetch, keyFetchTimeoutMs, algorithms } = settings;
  if (clientKeysUri === undefined || revocation === undefined) return undefined;
  const authorization = basicAuthorization(revocation.client);
  return new KeySource<ClientKey>({
    fetchKeySet: () => fetchClientKeys(clientKeysUri, authorization, fetch, keyFetchTimeoutMs),
    readKeySet: (document, previous) => readClientKeys(document, algorithms, runtime, previous),
    isRevoked: () => false,
    isOutdated: ({ client }) => revocations.isClientRevoked(client.id, client.version),
    monotonicNow: settings.monotonicNow,
    maxAgeMs: 1000 * CLIENT_KEYS_MAX_AGE_SECONDS,
    maxStaleMs: MAX_STALE_MS,
    refetchCooldownMs: settings.keyRefetchCooldownMs,
    onReplaced,
    onFetchFailed: (error) => notify(settings.onKeyFetchFailed, error),
  });
}
