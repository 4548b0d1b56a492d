/** Many presentations of one session at once, on real clocks: on one node, and on two that share a database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endOneSession } from '../../src/operations/end-sessions.ts';
import type { SessionReading } from '../../src/operations/refresh-session.ts';
import { lockSession } from '../../src/storage/session-rotation.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { openNodeInRealTime, type TestNode } from './nodes.ts';
import { beginSession, HOLDER, outcomeOf, renewalOf, STRANGER, type SessionOnTrial } from './session-on-trial.ts';

const AT_ONCE = 50;
const W = 60_000;
const R = 600_000;

/** How often each outcome came. */
function tally(readings: readonly SessionReading[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of readings.map(outcomeOf)) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

describeEachDatabase('at once', (database) => {
  const nodes: TestNode[] = [];
  beforeAll(async () => {
    for (let count = 0; count < 2; count += 1) nodes.push(await openNodeInRealTime(database.url));
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  });
  const begin = (changes: Parameters<typeof beginSession>[1]) => beginSession(nodes[0]!, changes);
  const typesOf = async (session: SessionOnTrial) => (await session.audit()).map(({ type }) => type);

  describe.each([
    ['one node', 1],
    ['two nodes', 2],
  ])('%s', (_name, nodeCount) => {
    const presentAll = (session: SessionOnTrial, credentialFor: (index: number) => string, more = {}) =>
      Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) =>
          session.present(credentialFor(index), { on: nodes[index % nodeCount]!, ...more }),
        ),
      );
    const updates = () => nodes.flatMap(({ statements }) => statements).filter((kind) => kind === 'update').length;

    test('the current credential, due: one generation, and all get the same', async () => {
      const session = await begin({ rotatedAt: Date.now() - R });
      for (const node of nodes) node.statements.length = 0;
      const readings = await presentAll(session, () => session.credential(0));
      expect(new Set(readings.map(renewalOf))).toEqual(new Set([session.credential(1)]));
      expect(updates()).toBe(1);
      await expect(session.row()).resolves.toMatchObject({ generation: 1, attempt: 0, revoked_at: null });
      expect([await session.audit(), await session.revocations()]).toEqual([[], []]);
    });

    test('the one before, late and unconfirmed: one other child for all', async () => {
      const session = await begin({ generation: 1, rotatedAt: Date.now() - W });
      const readings = await presentAll(session, () => session.credential(0));
      expect(new Set(readings.map(renewalOf))).toEqual(new Set([session.credential(1, 1)]));
      await expect(session.row()).resolves.toMatchObject({ generation: 1, attempt: 1, revoked_at: null });
      expect(await typesOf(session)).toEqual(['session.branched']);
      expect(await session.revocations()).toEqual(['branch it:1.0']);
      expect(outcomeOf(await session.present(session.credential(1, 1)))).toBe('live');
    });

    test('both of them within W, by two tabs: all are served, and nothing changes', async () => {
      const session = await begin({ generation: 1 });
      const readings = await presentAll(session, (index) => session.credential(index < AT_ONCE / 2 ? 0 : 1));
      expect(tally(readings)).toEqual({ 'live + renewal': AT_ONCE / 2, live: AT_ONCE / 2 });
      expect(new Set(readings.map(renewalOf))).toEqual(new Set([session.credential(1), undefined]));
      await expect(session.row()).resolves.toMatchObject({ generation: 1, attempt: 0, confirmed: 0 });
    });

    test('the current credential, to be confirmed: one write', async () => {
      const session = await begin({ generation: 1, rotatedAt: Date.now() - W });
      for (const node of nodes) node.statements.length = 0;
      expect(tally(await presentAll(session, () => session.credential(1)))).toEqual({ live: AT_ONCE });
      expect(updates()).toBe(1);
      await expect(session.row()).resolves.toMatchObject({ generation: 1, confirmed: 1 });
    });

    test('a theft and honest uses: the session ends once, for all', async () => {
      const session = await begin({ generation: 2, rotatedAt: Date.now() - W, confirmed: true });
      const readings = await presentAll(session, (index) => session.credential(index % 4 < 2 ? 2 : 1));
      const { theft, live = 0, revoked = 0 } = tally(readings);
      expect(theft).toBe(1);
      expect(live + revoked).toBe(AT_ONCE - 1);
      await expect(session.row()).resolves.toMatchObject({ generation: 2, revoked_reason: 'theft_found' });
      expect(await typesOf(session)).toEqual(['session.theft_found']);
      expect(await session.revocations()).toEqual(['session it']);
      expect(await session.mails()).toEqual(['session_stolen']);
      for (const node of nodes) await node.follow();
      expect(tally(await presentAll(session, () => session.credential(2)))).toEqual({ revoked: AT_ONCE });
    });

    test('a theft and a rotation that is due: whichever is first, the session ends once', async () => {
      const session = await begin({ generation: 2, rotatedAt: Date.now() - R, confirmed: true });
      const readings = await presentAll(session, (index) => session.credential(index % 4 < 2 ? 2 : 1));
      expect(tally(readings)).toMatchObject({ theft: 1 });
      expect(new Set(readings.map(renewalOf)).size).toBeLessThanOrEqual(2);
      expect([await typesOf(session), await session.revocations(), await session.mails()]).toEqual([
        ['session.theft_found'],
        ['session it'],
        ['session_stolen'],
      ]);
    });

    test('a sign-out and a rotation that is due: the session ends, and nothing brings it back', async () => {
      const session = await begin({ generation: 2, rotatedAt: Date.now() - R, confirmed: true });
      const { id, userId } = session;
      const presenting = presentAll(session, () => session.credential(2));
      const ending = endOneSession(nodes[nodeCount - 1]!.operations, { id, userId, reason: 'signed_out' }, HOLDER);
      const { live = 0, revoked = 0, 'live + renewal': renewed = 0 } = tally(await presenting);
      expect(await ending).toBe(true);
      expect(live + revoked + renewed).toBe(AT_ONCE);
      await expect(session.row()).resolves.toMatchObject({ revoked_reason: 'signed_out' });
      expect([await typesOf(session), await session.revocations()]).toEqual([['session.ended'], ['session it']]);
      for (const node of nodes) await node.follow();
      for (const generation of [2, 3]) {
        expect(tally(await presentAll(session, () => session.credential(generation)))).toEqual({ revoked: AT_ONCE });
      }
    });

    test('a foreign use: it is written down once', async () => {
      const session = await begin({ generation: 1 });
      const readings = await presentAll(session, () => session.credential(0), { caller: STRANGER });
      expect(tally(readings)).toEqual({ 'live + renewal': AT_ONCE });
      expect(await typesOf(session)).toEqual(['session.foreign_use']);
      await expect(session.row()).resolves.toMatchObject({ generation: 1, strict_generation: 2 });
    });

    test('a credential ahead of the row: it is taken over once', async () => {
      const session = await begin({ generation: 1 });
      const readings = await presentAll(session, () => session.credential(3));
      expect(tally(readings)).toEqual({ 'live + renewal': 1, live: AT_ONCE - 1 });
      expect(await typesOf(session)).toEqual(['session.adopted']);
      await expect(session.row()).resolves.toMatchObject({ generation: 3, attempt: 0 });
    });
  });

  test('a renewal is as old as the clock that it was decided by, however long it waited for its turn', async () => {
    const [holder, other] = [nodes[0]!, nodes[1]!];
    const session = await begin({ rotatedAt: Date.now() - R });
    const isLocked = Promise.withResolvers<void>();
    const holding = holder.operations.store.transaction(async (tx) => {
      // It changes nothing: then PostgreSQL does not read its clock again for the next in turn.
      await lockSession(tx, session.id, holder.operations.rotationClock);
      isLocked.resolve();
      await sleep(200);
    });
    await isLocked.promise;
    const reading = await session.present(session.credential(0), { on: other });
    const renewal = reading.kind === 'live' ? reading.renewal! : undefined;
    const { rotated_at: rotatedAt } = await session.row();
    const [ageMs, renewalAgeMs] = [Date.now() - rotatedAt, performance.now() - renewal!.decidedAtMs];
    // Milliseconds of two clocks that are read one after the other.
    expect(renewalAgeMs).toBeGreaterThan(ageMs - 5);
    await holding;
  });
});
