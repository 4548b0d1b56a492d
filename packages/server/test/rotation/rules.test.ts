/** The rules of rotation as the operation keeps them: what is written, what is answered, and what is left as a trace. */
import type { CredentialCarrier } from '@latchkey/protocol';
import { describe, expect, test } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { forge } from './forge.ts';
import { useTwoNodes } from './nodes.ts';
import { beginSession, everything, HOLDER, outcomeOf, renewalOf, STRANGER } from './session-on-trial.ts';

const SECOND_MS = 1000;
const W = 60 * SECOND_MS;
const P = W / 6;
const IDLE_MS = 7 * 24 * 3600 * SECOND_MS;
/** R of each carrier. */
const CARRIERS: readonly (readonly [CredentialCarrier, number])[] = [
  ['cookie', 600 * SECOND_MS],
  ['refresh_token', W],
];
/** Generation and attempt of `5.2`. */
const branch = (text: string) => text.split('.').map(Number) as [number, number];
const UNTOUCHED = { audit: [], revocations: [], mails: [] };

describeEachDatabase('the rules of rotation', (database) => {
  const nodes = useTwoNodes(database);
  const { clock } = nodes;
  const begin = (changes: Parameters<typeof beginSession>[1] = {}) => beginSession(nodes.first, changes);
  const tracesOf = async (session: Awaited<ReturnType<typeof begin>>) => {
    const [audit, revocations, mails] = await Promise.all([session.audit(), session.revocations(), session.mails()]);
    return { audit, revocations, mails };
  };

  describe.each(CARRIERS)('%s', (carrier, R) => {
    test('1: the current credential, old enough, makes way for the next generation', async () => {
      const session = await begin({ carrier, generation: 4, attempt: 2, previousAttempt: 1, confirmed: true });
      const before = await session.row();
      clock.advance(R - 1);
      expect(renewalOf(await session.present(session.credential(4, 2)))).toBeUndefined();
      await expect(session.row()).resolves.toMatchObject({ generation: 4, attempt: 2, rotated_at: before.rotated_at });

      clock.advance(1);
      const caller = { network: '203.0.113.9', userAgent: 'Browser/2.0' };
      const reading = await session.present(session.credential(4, 2), { caller });
      expect(renewalOf(reading)).toBe(session.credential(5, 0));
      await expect(session.row()).resolves.toEqual({
        ...before,
        generation: 5,
        attempt: 0,
        previous_attempt: 2,
        rotated_at: clock.now(),
        confirmed: 0,
        network: '203.0.113.9',
        user_agent: 'Browser/2.0',
        last_used_at: clock.now(),
        idle_expires_at: clock.now() + IDLE_MS,
      });
      expect(await tracesOf(session)).toEqual(UNTOUCHED);
    });

    test('1: a caller that is not known leaves what was known before', async () => {
      const session = await begin({ carrier });
      clock.advance(R);
      await session.present(session.credential(0), { caller: { network: null, userAgent: null } });
      await expect(session.row()).resolves.toMatchObject({ network: HOLDER.network, user_agent: HOLDER.userAgent });
    });

    test('3: the current credential, younger than W, is accepted, and nothing is written', async () => {
      const session = await begin({ carrier, generation: 2 });
      const before = await everything(nodes.first);
      for (const wait of [0, SECOND_MS, W - 1 - SECOND_MS]) {
        clock.advance(wait);
        expect(outcomeOf(await session.present(session.credential(2)))).toBe('live');
      }
      expect(await everything(nodes.first)).toBe(before);
    });

    test('4: the one before is answered with the current one, byte for byte, and nothing is written', async () => {
      const session = await begin({ carrier });
      clock.advance(R);
      const renewal = renewalOf(await session.present(session.credential(0)));
      const before = await everything(nodes.first);
      for (const on of [nodes.first, nodes.second, nodes.first]) {
        clock.advance(SECOND_MS);
        expect(renewalOf(await session.present(session.credential(0), { on }))).toBe(renewal);
      }
      expect(await everything(nodes.first)).toBe(before);
    });

    test('4: from P on it is accepted, and the answer carries none: it might arrive too late', async () => {
      const session = await begin({ carrier, generation: 1 });
      const before = await everything(nodes.first);
      clock.advance(P - 1);
      expect(renewalOf(await session.present(session.credential(0)))).toBe(session.credential(1));
      clock.advance(1);
      expect(outcomeOf(await session.present(session.credential(0)))).toBe('live');
      clock.advance(W - P - 1);
      expect(outcomeOf(await session.present(session.credential(0)))).toBe('live');
      expect(await everything(nodes.first)).toBe(before);
      // The overlap does not begin again.
      clock.advance(1);
      expect(renewalOf(await session.present(session.credential(0)))).toBe(session.credential(1, 1));
    });

    test('5: the one before, late, gets another child where the first was never seen', async () => {
      const session = await begin({ carrier, generation: 3, attempt: 0, previousAttempt: 7 });
      const before = await session.row();
      clock.advance(W);
      expect(renewalOf(await session.present(session.credential(2, 7)))).toBe(session.credential(3, 1));
      await expect(session.row()).resolves.toEqual({
        ...before,
        attempt: 1,
        rotated_at: clock.now(),
        last_used_at: clock.now(),
        idle_expires_at: clock.now() + IDLE_MS,
      });
      const details = {
        presented: '2.7',
        current: '3.0',
        age_seconds: 60,
        known_network: HOLDER.network,
        known_user_agent: HOLDER.userAgent,
      };
      const seen = { outcome: 'success', actor: session.userId, network: HOLDER.network, user_agent: HOLDER.userAgent };
      expect(await tracesOf(session)).toEqual({
        audit: [{ type: 'session.branched', ...seen, details }],
        revocations: ['branch it:3.0'],
        mails: [],
      });

      // Still lost: the next retry within W gets the same child, a later one another.
      clock.advance(SECOND_MS);
      expect(renewalOf(await session.present(session.credential(2, 7)))).toBe(session.credential(3, 1));
      clock.advance(W);
      expect(renewalOf(await session.present(session.credential(2, 7)))).toBe(session.credential(3, 2));
      expect(await session.revocations()).toEqual(['branch it:3.0', 'branch it:3.1']);
      expect(outcomeOf(await session.present(session.credential(3, 2)))).toBe('live');
    });

    test.each([
      ['two generations back', 3, 0],
      ['of the first generation', 0, 0],
      ['of a branch that was given up', 5, 1],
      ['of a branch that was given up in the generation before', 4, 0],
    ])('6: a credential %s ends the session', async (_which, generation, attempt) => {
      const session = await begin({ carrier, generation: 5, attempt: 2, previousAttempt: 1 });
      const before = await session.row();
      clock.advance(7 * SECOND_MS);
      const reading = await session.present(session.credential(generation, attempt), { caller: STRANGER });
      expect(reading).toEqual({ kind: 'none', reason: 'theft' });
      await expect(session.row()).resolves.toEqual({
        ...before,
        revoked_at: clock.now(),
        revoked_reason: 'theft_found',
      });
      const details = {
        presented: `${generation}.${attempt}`,
        current: '5.2',
        age_seconds: 7,
        known_network: HOLDER.network,
        known_user_agent: HOLDER.userAgent,
      };
      const seen = {
        outcome: 'failure',
        actor: session.userId,
        network: STRANGER.network,
        user_agent: STRANGER.userAgent,
      };
      expect(await tracesOf(session)).toEqual({
        audit: [{ type: 'session.theft_found', ...seen, details }],
        revocations: ['session it'],
        mails: ['session_stolen'],
      });

      // It stays so, for everybody, and is told once.
      for (const other of ['5.2', `${generation}.${attempt}`, '4.1', '9.9']) {
        expect(outcomeOf(await session.present(session.credential(...branch(other))))).toBe('revoked');
      }
      expect((await session.audit()).length + (await session.revocations()).length).toBe(2);
    });

    test('6: a child that was voided by a late retry ends the session', async () => {
      const session = await begin({ carrier, generation: 1 });
      clock.advance(W);
      await session.present(session.credential(0));
      expect(outcomeOf(await session.present(session.credential(1)))).toBe('theft');
    });

    test('7: a credential ahead of the row is taken over', async () => {
      const session = await begin({ carrier, generation: 1, confirmed: true });
      const before = await session.row();
      clock.advance(9 * SECOND_MS);
      expect(renewalOf(await session.present(session.credential(3, 4)))).toBe(session.credential(3, 4));
      await expect(session.row()).resolves.toEqual({
        ...before,
        generation: 3,
        attempt: 4,
        previous_attempt: null,
        rotated_at: clock.now(),
        confirmed: 0,
        last_used_at: clock.now(),
        idle_expires_at: clock.now() + IDLE_MS,
      });
      const [event, ...others] = await session.audit();
      expect(event).toMatchObject({
        type: 'session.adopted',
        details: { presented: '3.4', current: '1.0', age_seconds: 9 },
      });
      expect([...others, ...(await session.revocations()), ...(await session.mails())]).toEqual([]);
      // Nobody knows which attempt of the generation before it came from: each is taken for it.
      expect(renewalOf(await session.present(session.credential(2, 9)))).toBe(session.credential(3, 4));
    });

    test('7: a later attempt of the same generation as well', async () => {
      const session = await begin({ carrier, generation: 1 });
      expect(renewalOf(await session.present(session.credential(1, 2)))).toBe(session.credential(1, 2));
    });

    test('8: what is not authentic changes nothing, whatever it says', async () => {
      const session = await begin({ carrier, generation: 5, attempt: 2, previousAttempt: 1, confirmed: true });
      const other = await begin({ carrier });
      clock.advance(R);
      const before = await everything(nodes.first);
      for (const said of ['5.2', '4.1', '4.0', '0.0', '5.3', '6.0']) {
        const forged = forge(session.credential(...branch(said)), { mac: other.credential(...branch(said)) });
        expect(outcomeOf(await session.present(forged))).toBe('forged');
      }
      expect(await everything(nodes.first)).toBe(before);
    });

    test('8: nothing else that is refused changes anything', async () => {
      const session = await begin({ carrier, generation: 2 });
      const [revoked, idle, ended] = [
        await begin({ carrier, generation: 2, revokedAt: clock.now() }),
        await begin({ carrier, generation: 2, idleExpiresAt: clock.now() + 1 }),
        await begin({ carrier, generation: 2, expiresAt: clock.now() + 1 }),
      ];
      const unknown = await begin({ carrier });
      await nodes.first.operations.store.transaction((tx) =>
        tx.deleteFrom('sessions').where('id', '=', unknown.id).execute(),
      );
      clock.advance(1);
      const before = await everything(nodes.first);
      // The current one, one that would be theft, one ahead.
      for (const generation of [2, 0, 3]) {
        expect(outcomeOf(await revoked.present(revoked.credential(generation)))).toBe('revoked');
        expect(outcomeOf(await idle.present(idle.credential(generation)))).toBe('expired');
        expect(outcomeOf(await ended.present(ended.credential(generation)))).toBe('expired');
        expect(outcomeOf(await unknown.present(unknown.credential(generation)))).toBe('unknown');
      }
      const [current] = [session.credential(2)];
      for (const text of ['', current.slice(1), `${current}A`, current.replace(/.$/, '!'), current.toUpperCase()]) {
        expect(outcomeOf(await session.present(text))).toBe('malformed');
      }
      expect(await everything(nodes.first)).toBe(before);
    });

    test('belongs to its carrier: the other does not accept it, and no harm is done', async () => {
      const other = carrier === 'cookie' ? 'refresh_token' : 'cookie';
      const session = await begin({ carrier, generation: 2 });
      const before = await everything(nodes.first);
      for (const generation of [2, 1, 0, 3]) {
        const credential = session.credential(generation);
        // In memory as well, from the second round on.
        await session.present(session.credential(2));
        expect(outcomeOf(await session.present(credential, { carrier: other }))).toBe('malformed');
        const rewritten = forge(credential, { carrier: other });
        expect(outcomeOf(await session.present(rewritten, { carrier: other }))).toBe('unknown');
        expect(outcomeOf(await session.present(rewritten))).toBe('malformed');
      }
      expect(await everything(nodes.first)).toBe(before);
    });
  });

  test('a forgery of these tests is well formed: with its own MAC it is the credential itself', async () => {
    const session = await begin();
    expect(forge(session.credential(3, 1), {})).toBe(session.credential(3, 1));
  });
});
