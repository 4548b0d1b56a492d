import { setTimeout as sleep } from 'node:timers/promises';
import { ROUTES } from '@latchkey/protocol';
import { createVerifier, VerifierError, type Verifier } from '@latchkey/verifier';
import { answerParent } from '../harness/answer-parent.ts';
import { ORIGIN } from '../session-subjects/account.ts';
import { AUDIENCE, type FeedAddress } from './feed-address.ts';

/** What a process with several verifiers can be asked for. */
export interface VerifierOperations {
  /** Makes so many, each with a stream of its own. Resolves when all have one. */
  open(feed: FeedAddress, count: number): Promise<void>;
  /** Throws unless all accept the token; they remember it then. */
  admit(token: string): Promise<void>;
  /**
   * Shows the token to all of them, each millisecond, until all have refused it as revoked.
   *
   * @returns For each when it had done so: nanoseconds of `process.hrtime`, one clock for all processes of the machine.
   */
  untilRefused(token: string): Promise<bigint[]>;
}

const PAUSE_MS = 1;
const PATIENCE_MS = 10_000;

const verifiers: Verifier[] = [];

answerParent<VerifierOperations>({
  open: async ({ origin, client }, count) => {
    for (let index = 0; index < count; index += 1) verifiers.push(follow(origin, client));
    await Promise.all(verifiers.map((verifier) => verifier.ready()));
    await until(() => verifiers.every((verifier) => verifier.status().transport === 'stream'));
  },
  admit: async (token) => {
    for (const verifier of verifiers) await verifier.verify(token, { whenStale: 'closed' });
  },
  untilRefused: async (token) => {
    const refusedAtNs: bigint[] = [];
    let waiting = verifiers;
    await until(async () => {
      const accepting: Verifier[] = [];
      for (const verifier of waiting) {
        if (await refuses(verifier, token)) refusedAtNs.push(process.hrtime.bigint());
        else accepting.push(verifier);
      }
      waiting = accepting;
      return waiting.length === 0;
    });
    return refusedAtNs;
  },
});

function follow(origin: string, client: FeedAddress['client']): Verifier {
  return createVerifier({
    issuer: ORIGIN,
    audience: AUDIENCE,
    client,
    jwksUri: origin + ROUTES.jwks,
    revocationsUri: origin + ROUTES.revocations,
    introspectionUri: origin + ROUTES.introspect,
  });
}

/** By what it knows itself: it asks nobody, and rejects where it knows too little. */
async function refuses(verifier: Verifier, token: string): Promise<boolean> {
  try {
    await verifier.verify(token, { whenStale: 'closed' });
    return false;
  } catch (error) {
    if (error instanceof VerifierError && error.code === 'token_revoked') return true;
    throw error;
  }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error('The verifiers are not that far in time');
    await sleep(PAUSE_MS);
  }
}
