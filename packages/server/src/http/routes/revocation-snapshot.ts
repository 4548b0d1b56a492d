import { setImmediate as nextTurn } from 'node:timers/promises';
import { REVOCATIONS_SCOPE, ROUTES } from '@latchkey/protocol';
import { revocationPageResponse } from '@latchkey/protocol/schemas';
import {
  elapsedMs,
  monotonicNow,
  readRevocationSnapshot,
  toWireRevocation,
  type RevocationSnapshot,
} from '../../operations/revocation-page.ts';
import { requireClient } from '../client-authentication.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

export function mountRevocationSnapshot(app: App, dependencies: HttpDependencies): void {
  app.get(
    ROUTES.revocationSnapshot,
    documented({
      tag: 'Revocation',
      summary: 'All revocations that still matter',
      description:
        'One state of the revocation log: where a resource server begins, and where it goes on after 410. For clients with the scope `revocations:read`, by HTTP Basic.',
      answers: {
        200: { description: 'A page of all live events', schema: revocationPageResponse },
      },
      oauthErrors: ['invalid_client', 'insufficient_scope'],
      errors: ['temporarily_unavailable'],
    }),
    async (c) => {
      const arrivedAtMs = monotonicNow();
      await requireClient(c, dependencies, { scope: REVOCATIONS_SCOPE });
      const snapshot = await readRevocationSnapshot(dependencies.operations);
      return c.body(bodyOf(serialise(snapshot, arrivedAtMs)), 200, {
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
      });
    },
  );
}

function bodyOf(parts: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const part = await parts.next();
      if (part.done === true) controller.close();
      else controller.enqueue(part.value);
    },
    cancel: async () => void (await parts.return(undefined)),
  });
}

/** In parts, so that others' requests have their turn. A part that fails breaks the answer off: it is no JSON then. */
async function* serialise(snapshot: RevocationSnapshot, arrivedAtMs: number): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const members = JSON.stringify({ ...snapshot.members, elapsed_ms: elapsedMs(snapshot, arrivedAtMs) });
  let begin = `${members.slice(0, -1)},"events":[`;
  for await (const events of snapshot.steps) {
    yield encoder.encode(begin + JSON.stringify(events.map(toWireRevocation)).slice(1, -1));
    begin = ',';
    await nextTurn();
  }
  yield encoder.encode(begin === ',' ? ']}' : `${begin}]}`);
}
