import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { branchKey, ROUTES, type RevocationKind, type RevocationPage, type WireRevocation } from '@latchkey/protocol';
import { createVerifier } from '@latchkey/verifier';
import { answerParent } from '../harness/answer-parent.ts';
import { ORIGIN } from '../session-subjects/account.ts';
import { AUDIENCE } from './feed-address.ts';

/** What the process can be asked for. It needs `--expose-gc`. */
export interface HeldEventsOperations {
  /** @returns Bytes by which the heap grows while a new verifier comes to know so many events. */
  growth(kind: RevocationKind, count: number): Promise<number>;
}

const PAGE_EVENTS = 1000;
const EPOCH = 'bench';
const LIFE_MS = 1_800_000;
const CHECK_MS = 10;

answerParent<HeldEventsOperations>({ growth });

/** Bytes by which the heap grows between a verifier that knows of no event and the same one with all of them. */
async function growth(kind: RevocationKind, count: number): Promise<number> {
  const feed = { head: 0 };
  const verifier = createVerifier({
    issuer: ORIGIN,
    audience: AUDIENCE,
    client: { id: 'bench', secret: 'bench' },
    fetch: async (url, init) => answer(url, init, kind, feed.head),
  });
  await verifier.ready();
  const before = await usedBytes();
  feed.head = count;
  while (verifier.status().events < count) await sleep(CHECK_MS);
  const after = await usedBytes();
  const { events } = verifier.status();
  await verifier.close();
  if (events !== count) throw new Error(`It knows of ${events} events`);
  return after - before;
}

async function usedBytes(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('This process needs --expose-gc');
  // What promises and timers still hold is let go meanwhile.
  for (let round = 0; round < 3; round += 1) {
    await sleep(CHECK_MS);
    gc();
  }
  return process.memoryUsage().heapUsed;
}

/** Stands in for the issuer's feed: pages only, so that the verifier asks for them each second. */
function answer(url: string | URL | Request, init: RequestInit | undefined, kind: RevocationKind, head: number) {
  const { pathname, searchParams } = new URL(url instanceof Request ? url.url : url);
  if (new Headers(init?.headers).get('accept') === 'text/event-stream') return new Response(null, { status: 503 });
  if (pathname === ROUTES.revocationSnapshot) return Response.json(pageOf(head, head, []));
  const after = Number(searchParams.get('after'));
  const events = Array.from({ length: Math.min(PAGE_EVENTS, head - after) }, (_, index) => ({
    seq: after + 1 + index,
    ...newEvent(kind),
  }));
  return Response.json(pageOf(head, after + events.length, events));
}

function pageOf(head: number, seq: number, events: readonly WireRevocation[]): RevocationPage {
  return { epoch: EPOCH, head, cursor: String(seq), seq, elapsed_ms: 0, now: Date.now(), events };
}

/** With keys of the form and length of Latchkey's own. */
function newEvent(kind: RevocationKind): Omit<WireRevocation, 'seq'> {
  const drop_after = Date.now() + LIFE_MS;
  const id = randomBytes(16).toString('hex');
  switch (kind) {
    case 'session':
      return { kind, drop_after, key: `ses_${id}` };
    case 'branch':
      return { kind, drop_after, key: branchKey(`ses_${id}`, '12.1') };
    case 'subject':
      return { kind, drop_after, key: `usr_${id}`, min_version: 3 };
    case 'client':
      return { kind, drop_after, key: `cli_${id}`, min_version: 3 };
    case 'token':
    case 'key':
      return { kind, drop_after, key: randomBytes(16).toString('base64url') };
  }
}
