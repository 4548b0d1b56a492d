/** What confirms, what is written down of a use, and what happens where the answer can carry no other credential. */
import type { CredentialCarrier } from '@latchkey/protocol';
import { describe, expect, test } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { useTwoNodes } from './nodes.ts';
import { beginSession, everything, HOLDER, outcomeOf, renewalOf } from './session-on-trial.ts';

const SECOND_MS = 1000;
const W = 60 * SECOND_MS;
const R = 600 * SECOND_MS;
const DAY_MS = 24 * 3600 * SECOND_MS;
const IDLE_MS = 7 * DAY_MS;
/** How far apart two uses are that are both written down. */
const TOUCH_MS = 60 * SECOND_MS;
const CARRIERS: readonly CredentialCarrier[] = ['cookie', 'refresh_token'];
const READ = { canRenew: false };

describeEachDatabase('a use', (database) => {
  const nodes = useTwoNodes(database);
  const { clock } = nodes;
  const begin = (changes: Parameters<typeof beginSession>[1] = {}) => beginSession(nodes.first, changes);

  describe('2: of the current credential, W old,', () => {
    test('confirms it, once for each rotation', async () => {
      const session = await begin({ generation: 3, previousAttempt: 0 });
      const before = await session.row();
      clock.advance(W);
      expect(outcomeOf(await session.present(session.credential(3)))).toBe('live');
      await expect(session.row()).resolves.toEqual({
        ...before,
        confirmed: 1,
        last_used_at: clock.now(),
        idle_expires_at: clock.now() + IDLE_MS,
      });
      const confirmed = await everything(nodes.first);
      clock.advance(TOUCH_MS - 1);
      for (const on of [nodes.first, nodes.second]) {
        expect(outcomeOf(await session.present(session.credential(3), { on }))).toBe('live');
      }
      expect(await everything(nodes.first)).toBe(confirmed);
      expect([await session.audit(), await session.revocations()]).toEqual([[], []]);
    });

    test('sooner, does not: the one before still gets another child', async () => {
      const session = await begin({ generation: 3, previousAttempt: 0 });
      clock.advance(W - 1);
      await session.present(session.credential(3));
      await expect(session.row()).resolves.toMatchObject({ confirmed: 0 });
      clock.advance(1);
      expect(renewalOf(await session.present(session.credential(2)))).toBe(session.credential(3, 1));
    });

    test('makes the one before a theft', async () => {
      const session = await begin({ generation: 3, previousAttempt: 0 });
      clock.advance(W);
      await session.present(session.credential(3));
      expect(outcomeOf(await session.present(session.credential(2)))).toBe('theft');
    });

    test('counts for the child of a late retry from its own beginning', async () => {
      const session = await begin({ generation: 1 });
      clock.advance(W);
      await session.present(session.credential(0));
      clock.advance(W - 1);
      await session.present(session.credential(1, 1));
      await expect(session.row()).resolves.toMatchObject({ attempt: 1, confirmed: 0 });
      clock.advance(1);
      await session.present(session.credential(1, 1));
      await expect(session.row()).resolves.toMatchObject({ attempt: 1, confirmed: 1 });
    });
  });

  describe.each(CARRIERS)('of a %s', (carrier) => {
    test('moves the idle expiry on, now and then', async () => {
      const session = await begin({ carrier, rotatedAt: clock.now() + R, lastUsedAt: clock.now() });
      const usedAt = clock.now();
      clock.advance(TOUCH_MS - 1);
      await session.present(session.credential(0));
      await expect(session.row()).resolves.toMatchObject({ last_used_at: usedAt });
      // In memory by now, but no longer than it is true.
      clock.advance(5 * SECOND_MS);
      await session.present(session.credential(0));
      await expect(session.row()).resolves.toMatchObject({
        last_used_at: clock.now(),
        idle_expires_at: clock.now() + IDLE_MS,
      });
    });

    test('never moves any expiry past the absolute one', async () => {
      const expiresAt = clock.now() + DAY_MS;
      const session = await begin({ carrier, generation: 1, previousAttempt: 0, expiresAt, idleExpiresAt: expiresAt });
      const expectEnds = () =>
        expect(session.row()).resolves.toMatchObject({ expires_at: expiresAt, idle_expires_at: expiresAt });
      let held = session.credential(0);
      const use = async () => {
        const reading = await session.present(held);
        expect(outcomeOf(reading)).toMatch(/^live/);
        await expectEnds();
        return renewalOf(reading) ?? held;
      };
      // Retried late, used, rotated; then adopted.
      for (const wait of [W, W, R, R]) {
        clock.advance(wait);
        held = await use();
      }
      held = session.credential(9);
      await use();
      await expect(session.row()).resolves.toMatchObject({ generation: 9 });
      clock.advance(expiresAt - clock.now() - 1);
      expect(outcomeOf(await session.present(session.credential(9)))).toMatch(/^live/);
      await expectEnds();
      clock.advance(1);
      for (const on of [nodes.first, nodes.second]) {
        expect(outcomeOf(await session.present(session.credential(9), { on }))).toBe('expired');
      }
    });

    test('keeps a session from being idle, also where no answer can carry a credential', async () => {
      const session = await begin({ carrier });
      for (let day = 0; day < 20; day += 1) {
        clock.advance(DAY_MS);
        expect(outcomeOf(await session.present(session.credential(0), READ))).toBe('live');
      }
      await expect(session.row()).resolves.toMatchObject({ generation: 0, idle_expires_at: clock.now() + IDLE_MS });
      clock.advance(IDLE_MS);
      expect(outcomeOf(await session.present(session.credential(0), READ))).toBe('expired');
    });
  });

  describe('where the answer can carry no other credential,', () => {
    test('1: does not rotate, and says no more than it must', async () => {
      const session = await begin({ generation: 2 });
      clock.advance(R);
      const before = await session.row();
      for (const on of [nodes.first, nodes.second]) {
        expect(outcomeOf(await session.present(session.credential(2), { ...READ, on }))).toBe('live');
      }
      await expect(session.row()).resolves.toEqual({
        ...before,
        confirmed: 1,
        last_used_at: clock.now(),
        idle_expires_at: clock.now() + IDLE_MS,
      });
      // The next that can, does.
      expect(renewalOf(await session.present(session.credential(2)))).toBe(session.credential(3));
    });

    test('1: was seen in use late, too: the one before is done with', async () => {
      const session = await begin({ generation: 2, previousAttempt: 0 });
      clock.advance(R);
      await session.present(session.credential(2), READ);
      expect(outcomeOf(await session.present(session.credential(1), READ))).toBe('theft');
    });

    test('2: confirms', async () => {
      const session = await begin({ generation: 2 });
      clock.advance(W);
      expect(outcomeOf(await session.present(session.credential(2), READ))).toBe('live');
      await expect(session.row()).resolves.toMatchObject({ confirmed: 1 });
    });

    test('4: is served with the credential before', async () => {
      const session = await begin({ generation: 2, previousAttempt: 0 });
      const before = await everything(nodes.first);
      clock.advance(SECOND_MS);
      expect(outcomeOf(await session.present(session.credential(1), READ))).toBe('live');
      expect(await everything(nodes.first)).toBe(before);
    });

    test('5: is served with the credential before, late, and makes no other child', async () => {
      const session = await begin({ generation: 2, previousAttempt: 0 });
      clock.advance(W);
      expect(outcomeOf(await session.present(session.credential(1), READ))).toBe('live');
      await expect(session.row()).resolves.toMatchObject({ generation: 2, attempt: 0, rotated_at: clock.now() - W });
      expect([await session.audit(), await session.revocations()]).toEqual([[], []]);
      // Neither has been harmed.
      expect(outcomeOf(await session.present(session.credential(2)))).toBe('live');
    });

    test('6: finds a theft all the same', async () => {
      const session = await begin({ generation: 2 });
      expect(outcomeOf(await session.present(session.credential(0), READ))).toBe('theft');
      expect([await session.revocations(), await session.mails()]).toEqual([['session it'], ['session_stolen']]);
    });

    test('7: takes over what is ahead', async () => {
      const session = await begin({ generation: 2 });
      expect(outcomeOf(await session.present(session.credential(3), READ))).toBe('live');
      await expect(session.row()).resolves.toMatchObject({ generation: 3, previous_attempt: null });
      expect((await session.audit()).map(({ type }) => type)).toEqual(['session.adopted']);
    });
  });

  test('tells who holds the session now, at a rotation alone', async () => {
    const caller = { network: '203.0.113.9', userAgent: 'Browser/2.0' };
    const session = await begin();
    clock.advance(TOUCH_MS);
    await session.present(session.credential(0), { caller });
    await expect(session.row()).resolves.toMatchObject({
      network: HOLDER.network,
      user_agent: HOLDER.userAgent,
      confirmed: 1,
    });
    clock.advance(R);
    await session.present(session.credential(0), { caller });
    await expect(session.row()).resolves.toMatchObject({ network: caller.network, user_agent: caller.userAgent });
  });
});
