import { expect, test } from 'vitest';
import { readRotationClock, rotationClock } from '../../src/storage/clock.ts';
import { confirmSession, lockSession, saveRotation, setStrictGeneration } from '../../src/storage/session-rotation.ts';
import { findSession } from '../../src/storage/sessions.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { addSession, addUser, NOW, useNodes } from './nodes.ts';

describeEachDatabase('rotation of a session', (database) => {
  const nodes = useNodes(database);

  test('is decided in turn: 50 that read and then rotate lose nothing', async () => {
    const { first } = nodes();
    const id = await addSession(first, await addUser(first));
    const clock = rotationClock(first, () => NOW);
    const generations = await nodes().transactAtOnce(50, async (tx, index) => {
      const { session } = (await lockSession(tx, id, clock))!;
      const generation = session.generation + 1;
      const next = { generation, attempt: 2, previousAttempt: 1, rotatedAt: NOW + generation, confirmed: false };
      const use = { lastUsedAt: NOW + index, idleExpiresAt: NOW + 9, network: '2001:db8::1', userAgent: null };
      await saveRotation(tx, id, next, use);
      return generation;
    });
    expect(generations.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    await expect(findSession(first.queries, id)).resolves.toMatchObject({
      session: {
        generation: 50,
        attempt: 2,
        previousAttempt: 1,
        rotatedAt: NOW + 50,
        confirmed: false,
        idleExpiresAt: NOW + 9,
        network: '2001:db8::1',
        userAgent: null,
      },
    });
  });

  test('is confirmed, and made strict, in the row alone that is meant', async () => {
    const { first } = nodes();
    const userId = await addUser(first);
    const [id, other] = [await addSession(first, userId), await addSession(first, userId)];
    await first.transaction(async (tx) => {
      await confirmSession(tx, id, { lastUsedAt: NOW + 1, idleExpiresAt: NOW + 2 });
      await setStrictGeneration(tx, id, 7);
    });
    await expect(findSession(first.queries, id)).resolves.toMatchObject({
      session: { confirmed: true, lastUsedAt: NOW + 1, idleExpiresAt: NOW + 2, strictGeneration: 7 },
    });
    await expect(findSession(first.queries, other)).resolves.toMatchObject({
      session: { confirmed: false, lastUsedAt: NOW, strictGeneration: null },
    });
  });

  test('finds no session that is not there', async () => {
    const { first } = nodes();
    const clock = rotationClock(first, () => NOW);
    await expect(first.transaction((tx) => lockSession(tx, 'ses_unknown', clock))).resolves.toBeUndefined();
  });

  test('goes by the clock that all nodes share', async () => {
    const { first } = nodes();
    const id = await addSession(first, await addUser(first));
    const before = Date.now();
    const clock = rotationClock(first, () => NOW);
    const [locked, read] = await first.transaction(async (tx) => [
      await lockSession(tx, id, clock),
      await readRotationClock(tx, clock),
    ]);
    // The machine of the test is PostgreSQL's too; SQLite takes the node's own clock.
    if (database.dialect === 'sqlite') expect([locked?.now, read]).toEqual([NOW, NOW]);
    else expect([locked!.now >= before, read >= locked!.now, read <= Date.now()]).toEqual([true, true, true]);
  });
});
