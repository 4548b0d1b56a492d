/** Suspicion, strictness, and what a theft that was found does to both who hold the session. */
import { describe, expect, test } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { useTwoNodes } from './nodes.ts';
import { beginSession, HOLDER, outcomeOf, renewalOf, STRANGER } from './session-on-trial.ts';

const SECOND_MS = 1000;
const W = 60 * SECOND_MS;
const R = 600 * SECOND_MS;

describeEachDatabase('a copied credential', (database) => {
  const nodes = useTwoNodes(database);
  const { clock } = nodes;
  const begin = (changes: Parameters<typeof beginSession>[1] = {}) => beginSession(nodes.first, changes);

  test('is found out at the second rotation, and ends the session for both', async () => {
    const session = await begin();
    clock.advance(R);
    // Both hold generation 0; the thief is first.
    const thief = renewalOf(await session.present(session.credential(0), { caller: STRANGER }))!;
    clock.advance(2 * W);
    const victim = renewalOf(await session.present(session.credential(0)))!;
    expect(victim).not.toBe(thief);
    clock.advance(2 * W);
    expect(outcomeOf(await session.present(thief, { caller: STRANGER }))).toBe('theft');
    for (const credential of [thief, victim, session.credential(0)]) {
      for (const on of [nodes.first, nodes.second]) {
        expect(outcomeOf(await session.present(credential, { on }))).toBe('revoked');
      }
    }
    const found = (await session.audit()).filter(({ type }) => type === 'session.theft_found');
    expect(found).toMatchObject([
      {
        network: STRANGER.network,
        user_agent: STRANGER.userAgent,
        details: {
          presented: '1.0',
          current: '1.1',
          age_seconds: 120,
          known_network: HOLDER.network,
          known_user_agent: HOLDER.userAgent,
        },
      },
    ]);
    expect(await session.mails()).toEqual(['session_stolen']);
  });

  test('ends what is in memory at once, here, and with the log on other nodes', async () => {
    const session = await begin({ generation: 2 });
    for (const on of [nodes.first, nodes.second]) await session.present(session.credential(2), { on });
    expect(outcomeOf(await session.present(session.credential(0)))).toBe('theft');
    expect(outcomeOf(await session.present(session.credential(2)))).toBe('revoked');
    // The other node has heard nothing yet.
    expect(outcomeOf(await session.present(session.credential(2), { on: nodes.second }))).toBe('live');
    await nodes.second.follow();
    expect(outcomeOf(await session.present(session.credential(2), { on: nodes.second }))).toBe('revoked');
  });

  test('leaves the other sessions of the user alone', async () => {
    const [session, other] = [await begin({ generation: 2 }), await begin({ generation: 2 })];
    await session.present(session.credential(0));
    expect(outcomeOf(await other.present(other.credential(2)))).toBe('live');
  });

  describe('used at once from another network and another browser', () => {
    test('is written down once, and the next generation has no overlap', async () => {
      const session = await begin({ generation: 1, previousAttempt: 0 });
      const before = await session.row();
      for (let times = 0; times < 2; times += 1) {
        clock.advance(SECOND_MS);
        const reading = await session.present(session.credential(0), { caller: STRANGER });
        expect(renewalOf(reading)).toBe(session.credential(1));
      }
      await expect(session.row()).resolves.toEqual({ ...before, strict_generation: 2 });
      expect(await session.audit()).toEqual([
        {
          type: 'session.foreign_use',
          outcome: 'success',
          actor: session.userId,
          network: STRANGER.network,
          user_agent: STRANGER.userAgent,
          details: {
            presented: '0.0',
            current: '1.0',
            age_seconds: 1,
            known_network: HOLDER.network,
            known_user_agent: HOLDER.userAgent,
          },
        },
      ]);
      // In this generation the overlap still holds.
      expect(renewalOf(await session.present(session.credential(0)))).toBe(session.credential(1));

      clock.advance(R);
      expect(renewalOf(await session.present(session.credential(1)))).toBe(session.credential(2));
      expect(outcomeOf(await session.present(session.credential(1)))).toBe('theft');
    });

    test('is seen as well where the browser does not say its name', async () => {
      const session = await begin({ generation: 1, previousAttempt: 0 });
      await session.present(session.credential(0), { caller: { ...STRANGER, userAgent: null } });
      expect((await session.row()).strict_generation).toBe(2);
    });

    test('is strict for one generation only', async () => {
      const session = await begin({ generation: 1, previousAttempt: 0 });
      await session.present(session.credential(0), { caller: STRANGER });
      clock.advance(R);
      await session.present(session.credential(1));
      clock.advance(R);
      const renewal = renewalOf(await session.present(session.credential(2)));
      expect(renewalOf(await session.present(session.credential(2)))).toBe(renewal);
    });

    test('late in the overlap as well, where no answer carries a credential any more', async () => {
      const session = await begin({ generation: 1, previousAttempt: 0 });
      clock.advance(W - 1);
      expect(outcomeOf(await session.present(session.credential(0), { caller: STRANGER }))).toBe('live');
      await expect(session.row()).resolves.toMatchObject({ strict_generation: 2 });
      expect((await session.audit()).map(({ type }) => type)).toEqual(['session.foreign_use']);
    });

    test('makes a late retry a theft: it would put the strict generation off', async () => {
      const session = await begin({ generation: 1, previousAttempt: 0 });
      await session.present(session.credential(0), { caller: STRANGER });
      clock.advance(W);
      expect(outcomeOf(await session.present(session.credential(0)))).toBe('theft');
    });

    test.each([
      ['network', { ...HOLDER, network: STRANGER.network }],
      ['browser', { ...HOLDER, userAgent: STRANGER.userAgent }],
      ['nobody known', { network: null, userAgent: null }],
      ['an unknown network', { ...STRANGER, network: null }],
    ])('is nothing with one of them: %s', async (_which, caller) => {
      const session = await begin({ generation: 1, previousAttempt: 0 });
      expect(renewalOf(await session.present(session.credential(0), { caller }))).toBe(session.credential(1));
      await expect(session.row()).resolves.toMatchObject({ strict_generation: null });
      expect(await session.audit()).toEqual([]);
    });

    test('is seen where the answer can carry no credential, too', async () => {
      const session = await begin({ generation: 1, previousAttempt: 0 });
      const reading = await session.present(session.credential(0), { caller: STRANGER, canRenew: false });
      expect(outcomeOf(reading)).toBe('live');
      await expect(session.row()).resolves.toMatchObject({ strict_generation: 2 });
    });
  });
});

describeEachDatabase('without an overlap (RFC 9700 §4.14.2)', (database) => {
  const nodes = useTwoNodes(database, {
    LATCHKEY_SESSION_OVERLAP_SECONDS: '0',
    LATCHKEY_SESSION_ROTATE_SECONDS: '600',
  });
  const { clock } = nodes;

  test.each([0, 1, R])('the credential before is theft, %i ms later', async (wait) => {
    const session = await beginSession(nodes.first);
    clock.advance(R);
    expect(renewalOf(await session.present(session.credential(0)))).toBe(session.credential(1));
    clock.advance(wait);
    expect(outcomeOf(await session.present(session.credential(0)))).toBe('theft');
  });

  test('also on a node that has the session in memory', async () => {
    const session = await beginSession(nodes.first);
    clock.advance(R - 1);
    // The first confirms it, without an overlap to wait for.
    for (let times = 0; times < 2; times += 1) await session.present(session.credential(0), { on: nodes.second });
    clock.advance(1);
    await session.present(session.credential(0));
    expect(outcomeOf(await session.present(session.credential(0), { on: nodes.second }))).toBe('theft');
  });

  test('each use of a refresh token makes the next', async () => {
    const session = await beginSession(nodes.first, { carrier: 'refresh_token' });
    for (let generation = 0; generation < 3; generation += 1) {
      expect(renewalOf(await session.present(session.credential(generation)))).toBe(session.credential(generation + 1));
    }
    expect(outcomeOf(await session.present(session.credential(2)))).toBe('theft');
  });
});
