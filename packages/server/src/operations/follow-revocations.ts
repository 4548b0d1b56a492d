import type { RevocationPage } from '@latchkey/protocol';
import { LogFollower, type LogPosition, type LogSink, type LogSource, type PageReading } from '@latchkey/verifier/log';
import { isSessionId, type UserId } from '../domain/ids.ts';
import { parseCursor, START_OF_LOG } from '../domain/revocation/cursor.ts';
import { readRevocationHead, type RecordedRevocation } from '../storage/revocations.ts';
import type { OperationContext } from './context.ts';
import type { RevocationFeed } from './revocation-feed.ts';
import { monotonicNow, pageMembers, readRevocationPage, toWireRevocation } from './revocation-page.ts';
import type { SessionCache } from './session-cache.ts';

/** Reads what was revoked since the last call, by any node: forgets it in memory, and feeds the streams. */
export type RevocationFollower = () => Promise<void>;

/** A page of the database, with its rows: the streams need their marks. */
interface DatabaseReading extends PageReading {
  readonly rows: readonly RecordedRevocation[];
}

/** A follower that begins at the log's present end: memory is empty then. */
export function followRevocations(context: OperationContext, feed?: RevocationFeed): RevocationFollower {
  const source = databaseSource(context, feed);
  const follower = new LogFollower<DatabaseReading>(source, memorySink(context, source, feed));
  return () => follower.poll();
}

interface DatabaseSource extends LogSource<DatabaseReading> {
  /** What was given last. */
  readonly reading: DatabaseReading | undefined;
}

function databaseSource(context: OperationContext, feed: RevocationFeed | undefined): DatabaseSource {
  let reading: DatabaseReading | undefined;
  const timed = (page: RevocationPage, rows: readonly RecordedRevocation[], sentAtMs: number): DatabaseReading => {
    reading = { page, rows, sentAtMs, receivedAtMs: monotonicNow() };
    return reading;
  };
  return {
    get reading() {
      return reading;
    },
    after: async ({ epoch, cursor }: LogPosition) => {
      // Whoever reads along gets one page before the next is read.
      await feed?.settled();
      const page = await readRevocationPage(context, epoch, parseCursor(cursor) ?? START_OF_LOG);
      if (page === 'gone') return page;
      const { members, events, readAtMs } = page;
      return timed({ ...members, elapsed_ms: 0, events: events.map(toWireRevocation) }, events, readAtMs);
    },
    /** Of the head alone: what was revoked before is not in memory. */
    snapshot: async () => {
      const readAtMs = monotonicNow();
      const head = await readRevocationHead(context.store.queries);
      feed?.reset(head);
      return timed({ ...pageMembers(head, head, context.clock()), elapsed_ms: 0, events: [] }, [], readAtMs);
    },
  };
}

/** Forgets what was revoked, and tells the streams of it. */
function memorySink(
  { sessions, keyRing }: OperationContext,
  source: DatabaseSource,
  feed: RevocationFeed | undefined,
): LogSink<DatabaseReading> {
  const publish = (known: (row: RecordedRevocation) => boolean): void => {
    const { reading } = source;
    if (reading === undefined) return;
    const { page, rows, sentAtMs } = reading;
    feed?.publish(
      rows.filter((row) => !known(row)),
      { head: page.head, now: page.now, readAtMs: sentAtMs },
    );
  };
  return {
    apply: (events) => {
      for (const { kind, key } of events) {
        if (kind === 'session' && isSessionId(key)) sessions.forgetSession(key);
        if (kind === 'branch') forgetBranch(sessions, key);
        if (kind === 'subject') sessions.forgetUser(key as UserId);
        // Rare enough to forget more than is needed.
        if (kind === 'client') sessions.forgetAll();
        if (kind === 'key') keyRing.forget();
      }
      const first = events[0]?.seq ?? 0;
      publish(({ seq }) => seq < first);
    },
    resync: () => {
      sessions.forgetAll();
      keyRing.forget();
    },
    complete: ({ rows }) => {
      if (rows.length === 0) publish(() => true);
    },
  };
}

function forgetBranch(sessions: SessionCache, key: string): void {
  const id = key.split(':', 1)[0] ?? '';
  if (isSessionId(id)) sessions.forgetSession(id);
}
