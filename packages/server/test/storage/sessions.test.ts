import { expect, test } from 'vitest';
import type { Session } from '../../src/domain/sessions/session.ts';
import {
  endLeastRecentlyUsed,
  endSession,
  endSessionsOfUser,
  findSession,
  insertSession,
  listLiveSessions,
  listStolenSessions,
  purgeSessions,
  touchSession,
} from '../../src/storage/sessions.ts';
import { lockUser, raiseUserVersion } from '../../src/storage/users.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { addSession, addUser, aSession, NOW, useNodes } from './nodes.ts';

describeEachDatabase('sessions', (database) => {
  const nodes = useNodes(database);

  test('are read as they were written, with their user', async () => {
    const { first } = nodes();
    const userId = await addUser(first, { name: 'Ada', emailVerifiedAt: NOW });
    const session = aSession(userId, { clientId: 'client', strictGeneration: 3, confirmed: true, remember: false });
    await first.transaction((tx) => insertSession(tx, session));
    const found = await findSession(nodes().node(1).queries, session.id);
    expect(found?.session).toStrictEqual(session);
    expect(found?.user).toMatchObject({ id: userId, name: 'Ada', version: 1, emailVerifiedAt: NOW, createdAt: NOW });
    await expect(findSession(first.queries, 'ses_unknown')).resolves.toBeUndefined();
  });

  test('are found with the user of the same moment while they are ended', async () => {
    const [writer, reader] = [nodes().node(0), nodes().node(1)];
    for (let round = 0; round < 20; round += 1) {
      const userId = await addUser(writer);
      const id = await addSession(writer, userId);
      const ended = new AbortController();
      const end = writer.transaction(async (tx) => {
        await lockUser(tx, userId);
        await raiseUserVersion(tx, userId, NOW);
        await endSessionsOfUser(tx, userId, [], 'signed_out_everywhere', NOW);
      });
      const read = async () => {
        while (!ended.signal.aborted) {
          const { session, user } = (await findSession(reader.queries, id))!;
          expect({ ended: session.revokedAt !== null, version: user.version }).toEqual(
            session.revokedAt === null ? { ended: false, version: 1 } : { ended: true, version: 2 },
          );
        }
      };
      await Promise.all([end.finally(() => ended.abort()), read(), read(), read()]);
    }
  });

  test('are listed while they live, the newest first', async () => {
    const { first } = nodes();
    const userId = await addUser(first);
    const old = await addSession(first, userId, { createdAt: NOW - 2 });
    const recent = await addSession(first, userId, { createdAt: NOW - 1 });
    await addSession(first, userId, { idleExpiresAt: NOW });
    await addSession(first, userId, { expiresAt: NOW });
    await addSession(first, userId, { revokedAt: NOW - 1 });
    await addSession(first, await addUser(first));
    const live = await listLiveSessions(first.queries, userId, NOW);
    expect(live.map((session) => session.id)).toEqual([recent, old]);
  });

  test('end once, however many end them at once', async () => {
    const { first } = nodes();
    const userId = await addUser(first);
    const id = await addSession(first, userId);
    const ended = await nodes().transactAtOnce(50, (tx, index) =>
      endSession(tx, id, userId, 'signed_out', NOW + index),
    );
    const winner = ended.indexOf(true);
    expect(ended.filter(Boolean)).toHaveLength(1);
    await expect(findSession(first.queries, id)).resolves.toMatchObject({ session: { revokedAt: NOW + winner } });
  });

  test('are not ended by another user', async () => {
    const { first } = nodes();
    const id = await addSession(first, await addUser(first));
    const stranger = await addUser(first);
    await expect(first.transaction((tx) => endSession(tx, id, stranger, 'signed_out', NOW))).resolves.toBe(false);
    await expect(findSession(first.queries, id)).resolves.toMatchObject({ session: { revokedAt: null } });
  });

  test('of a user end each once when all are ended by 50 at once', async () => {
    const { first } = nodes();
    const userId = await addUser(first);
    const ids = await Promise.all(Array.from({ length: 5 }, () => addSession(first, userId)));
    const strangers = await addSession(first, await addUser(first));
    const ended = await nodes().transactAtOnce(50, async (tx) => {
      await lockUser(tx, userId);
      return endSessionsOfUser(tx, userId, [], 'signed_out_everywhere', NOW);
    });
    expect(ended.flat().toSorted()).toEqual(ids.toSorted());
    await expect(findSession(first.queries, strangers)).resolves.toMatchObject({ session: { revokedAt: null } });
  });

  test('of a user end but for the one that is kept', async () => {
    const { first } = nodes();
    const userId = await addUser(first);
    const kept = await addSession(first, userId);
    const other = await addSession(first, userId);
    const idle = await addSession(first, userId, { idleExpiresAt: NOW - 1 });
    await addSession(first, userId, { expiresAt: NOW });
    const ended = await first.transaction((tx) => endSessionsOfUser(tx, userId, [kept], 'signed_out_others', NOW));
    expect(ended.toSorted()).toEqual([other, idle].toSorted());
    const live = await listLiveSessions(first.queries, userId, NOW);
    expect(live.map((session) => session.id)).toEqual([kept]);
  });

  test('too many: those go first that may never have arrived, and what is left of a browser stays together', async () => {
    const { first } = nodes();
    const userId = await addUser(first);
    const add = (age: number, changes: Partial<Session> = {}) =>
      addSession(first, userId, { lastUsedAt: NOW - age, ...changes });
    const phone = await add(9);
    const root = await add(8);
    const lost = await add(4, { replaces: root });
    const middle = await add(3, { replaces: root });
    const held = await add(2, { replaces: middle });
    const newest = aSession(userId, { replaces: held });
    await first.transaction((tx) => insertSession(tx, newest));
    const most = (count: number) => first.transaction((tx) => endLeastRecentlyUsed(tx, newest, count, NOW));
    await expect(most(6)).resolves.toEqual([]);
    await expect(most(4)).resolves.toEqual(expect.arrayContaining([lost, middle]));
    const live = await listLiveSessions(first.queries, userId, NOW);
    expect(new Map(live.map(({ id, replaces }) => [id, replaces]))).toEqual(
      new Map([
        [phone, null],
        [root, null],
        [held, root],
        [newest.id, held],
      ]),
    );
    // Then the least recently used one; never what the browser has that signs in.
    await expect(most(3)).resolves.toEqual([phone]);
    await expect(most(2)).resolves.toEqual([root]);
    await expect(most(1)).resolves.toEqual([]);
  });

  test('that were stolen are told, the newest first, for as long as is asked for', async () => {
    const { first } = nodes();
    const userId = await addUser(first);
    const stolenAt = async (now: number, userAgent: string) => {
      const id = await addSession(first, userId, { userAgent });
      await first.transaction((tx) => endSession(tx, id, userId, 'theft_found', now));
    };
    await stolenAt(NOW - 1, 'too long ago');
    await stolenAt(NOW, 'older');
    await stolenAt(NOW + 1, 'newer');
    const signedOut = await addSession(first, userId);
    await first.transaction((tx) => endSession(tx, signedOut, userId, 'signed_out', NOW));
    await expect(listStolenSessions(nodes().node(1).queries, userId, NOW)).resolves.toEqual([
      { userAgent: 'newer', network: '192.0.2.1', endedAt: NOW + 1 },
      { userAgent: 'older', network: '192.0.2.1', endedAt: NOW },
    ]);
    await expect(listStolenSessions(first.queries, await addUser(first), NOW)).resolves.toEqual([]);
  });

  test('move on to their latest use, in whatever order 50 uses are written', async () => {
    const { first } = nodes();
    const id = await addSession(first, await addUser(first));
    await nodes().transactAtOnce(50, (tx, index) => {
      const at = NOW + 1 + ((index * 7) % 50);
      return touchSession(tx, id, at, at + 1000);
    });
    await expect(findSession(first.queries, id)).resolves.toMatchObject({
      session: { lastUsedAt: NOW + 50, idleExpiresAt: NOW + 1050 },
    });
  });

  test('do not move once they have ended', async () => {
    const { first } = nodes();
    const userId = await addUser(first);
    const id = await addSession(first, userId);
    await first.transaction(async (tx) => {
      await endSession(tx, id, userId, 'signed_out', NOW);
      await touchSession(tx, id, NOW + 1, NOW + 10_000_000);
    });
    await expect(findSession(first.queries, id)).resolves.toMatchObject({ session: { lastUsedAt: NOW } });
  });

  test('are removed after their absolute expiry, once, by however many at once', async () => {
    const { first } = nodes();
    const userId = await addUser(first);
    const long = NOW - 1_000_000;
    const expired = [1, 2, 3, 4, 5].map(() => addSession(first, userId, { expiresAt: long - 1 }));
    const gone = await Promise.all(expired);
    const stays = await addSession(first, userId, { expiresAt: long });
    await expect(first.transaction((tx) => purgeSessions(tx, long, 2))).resolves.toBe(2);
    const purged = await nodes().transactAtOnce(20, (tx) => purgeSessions(tx, long, 100));
    expect(purged.reduce((sum, count) => sum + count)).toBe(3);
    for (const id of gone) await expect(findSession(first.queries, id)).resolves.toBeUndefined();
    await expect(findSession(first.queries, stays)).resolves.toBeDefined();
  });
});
