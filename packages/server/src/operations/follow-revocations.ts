import { listRevocations, readRevocationHead, type RevocationHead } from '../storage/revocations.ts';
import type { OperationContext } from './context.ts';
import { isSessionId, type UserId } from '../domain/ids.ts';

const PAGE = 500;

/** Reads what was revoked since the last call, by any node, and forgets those sessions in memory. */
export type RevocationFollower = () => Promise<void>;

/** A follower that begins at the log's present end: memory is empty then. */
export function followRevocations(context: OperationContext): RevocationFollower {
  const { store, sessions } = context;
  let seen: RevocationHead | undefined;
  return async () => {
    const head = await readRevocationHead(store.queries);
    // Another log, or one that went back (a backup was restored): nothing in memory can be trusted.
    if (seen === undefined || head.epoch !== seen.epoch || head.seq < seen.seq) {
      sessions.forgetAll();
      seen = head;
      return;
    }
    while (seen.seq < head.seq) {
      const events = await listRevocations(store.queries, seen.seq, PAGE);
      const last = events.at(-1);
      // Events that were dropped before they were seen here: a gap, so nothing in memory can be trusted.
      if (last === undefined || events[0]?.seq !== seen.seq + 1) {
        sessions.forgetAll();
        seen = head;
        return;
      }
      for (const event of events) {
        if (event.kind === 'session' && isSessionId(event.key)) sessions.forgetSession(event.key);
        if (event.kind === 'subject') sessions.forgetUser(event.key as UserId);
        if (event.kind === 'branch') forgetBranch(context, event.key);
      }
      seen = { epoch: head.epoch, seq: last.seq };
    }
  };
}

function forgetBranch({ sessions }: OperationContext, key: string): void {
  const id = key.split(':', 1)[0] ?? '';
  if (isSessionId(id)) sessions.forgetSession(id);
}
