import type { SessionId } from '../ids.ts';
import type { Session, SessionEndReason } from './session.ts';

type Link = Pick<Session, 'id' | 'replaces'>;

/**
 * The sessions of one browser, of which it may hold any: a session, those that it is to take the place of, those that
 * are to take its place, and so on. One that is known to have arrived replaces none any more, and begins anew.
 */
export function lineOf(links: readonly Link[], id: SessionId): ReadonlySet<SessionId> {
  const line = new Set([id]);
  for (let before = 0; before < line.size;) {
    before = line.size;
    for (const { id: one, replaces } of links) {
      if (replaces !== null && (line.has(one) || line.has(replaces))) line.add(one).add(replaces);
    }
  }
  return line;
}

/**
 * The first generation of a session that was begun by a change of the password: nothing of before overlaps with it. So
 * its first use shows that it has arrived, and ends what the browser had before.
 */
export const REPLACES_AT_FIRST_USE = { generation: 0, strictGeneration: 0 } as const;

/** Why a session ends in whose place this one was begun. */
export function replacementReason({ strictGeneration }: Pick<Session, 'strictGeneration'>): SessionEndReason {
  return strictGeneration === REPLACES_AT_FIRST_USE.strictGeneration ? 'password_changed' : 'replaced_by_sign_in';
}

/** One session of each browser, in the same order: the one that asks, or else the one that was used last. */
export function onePerBrowser<Shown extends Link & Pick<Session, 'lastUsedAt'>>(
  sessions: readonly Shown[],
  asking: SessionId,
): readonly Shown[] {
  const links = sessions.filter(({ replaces }) => replaces !== null);
  return sessions.filter((session) => {
    const line = lineOf(links, session.id);
    return line.size === 1 || sessions.every((other) => !line.has(other.id) || !isBefore(other, session));
  });

  function isBefore(other: Shown, session: Shown): boolean {
    if (other.id === asking || session.id === asking) return session.id !== asking;
    if (other.lastUsedAt !== session.lastUsedAt) return other.lastUsedAt > session.lastUsedAt;
    return other.id > session.id;
  }
}
