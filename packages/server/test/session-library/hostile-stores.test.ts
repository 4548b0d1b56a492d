/** Stores that are not as they should be: as drivers of databases give what SQLite gives as it is. */
import { expect, test } from 'vitest';
import type { SessionStore, StoredSession } from '../../src/session-library/index.ts';
import { NOW, openTrial, sent, W } from './trial.ts';

const alice = { subject: 'alice', remember: true } as const;

/** A store that gives this in place of what it has; `now` is the database's clock. */
async function openChanged(changes: Readonly<Record<string, unknown>>, now?: unknown) {
  const { store, another, clock } = openTrial();
  const give = (session: StoredSession | undefined) => session && ({ ...session, ...changes } as StoredSession);
  const changed: SessionStore = {
    ...store,
    find: async (id) => give(await store.find(id)),
    change: (id, change) => store.change(id, (session) => change(give(session), now as number)),
  };
  const { session, setCookie } = await another().begin(alice);
  return { sessions: another({ store: changed }), cookie: sent(setCookie), clock, store, session };
}

test.each<[name: keyof StoredSession, values: unknown[]]>([
  ...(['generation', 'attempt', 'rotatedAt', 'createdAt', 'lastUsedAt', 'idleExpiresAt', 'expiresAt'] as const).map(
    (name): [typeof name, unknown[]] => [
      name,
      ['0', `${NOW}`, BigInt(NOW), Number.NaN, null, undefined, new Date(NOW)],
    ],
  ),
  ['previousAttempt', ['0', undefined, 0n, Number.NaN]],
  ['confirmed', [0, 1, 'f', null]],
  ['remember', [0, 1, 't', undefined]],
  ['salt', ['0'.repeat(32), [1], null]],
])('%s of another type is told of by its name, and nobody is signed in by it', async (name, values) => {
  for (const value of values) {
    const { sessions, cookie } = await openChanged({ [name]: value });
    await expect(sessions.check({ cookie }), String(value)).rejects.toThrow(new RegExp(`^SessionStore: ${name} `));
    await expect(sessions.slots(cookie), String(value)).rejects.toThrow(TypeError);
  }
});

test.each([[`${NOW + W}`], [Number.NaN], [BigInt(NOW + W)], [null], [new Date(NOW + W)]])(
  'a clock that says %s is told of, and nothing is written by it',
  async (now) => {
    const { sessions, cookie, clock, store, session } = await openChanged({}, now);
    const before = await store.find(session.id);
    clock.now = NOW + W;
    await expect(sessions.check({ cookie })).rejects.toThrow(TypeError);
    expect(await store.find(session.id)).toEqual(before);
  },
);
