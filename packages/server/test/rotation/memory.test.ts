/** The operation and the memory of a node: what is answered without a query, and what never is. */
import { describe, expect, test } from 'vitest';
import { endAllSessions, endOneSession } from '../../src/operations/end-sessions.ts';
import { refreshSession } from '../../src/operations/refresh-session.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { useTwoNodes } from './nodes.ts';
import { beginSession, HOLDER, outcomeOf, renewalOf, type SessionOnTrial } from './session-on-trial.ts';

const SECOND_MS = 1000;
const W = 60 * SECOND_MS;
const R = 600 * SECOND_MS;
const TRUST_MS = 5 * SECOND_MS;

describeEachDatabase('a session in the memory of a node', (database) => {
  const nodes = useTwoNodes(database);
  const { clock } = nodes;
  const begin = (changes: Parameters<typeof beginSession>[1] = {}) => beginSession(nodes.first, changes);

  /** The outcome, and the statements that it took. */
  async function present(session: SessionOnTrial, credential: string, on = nodes.first): Promise<string> {
    on.statements.length = 0;
    const outcome = outcomeOf(await session.present(credential, { on }));
    return [outcome, ...on.statements].join(' ');
  }

  test('is answered without a query, and without a promise', async () => {
    const session = await begin();
    const credential = session.credential(0);
    expect(await present(session, credential)).toBe('live select');
    expect(await present(session, credential)).toBe('live');
    const request = { credential, carrier: 'cookie', canRenew: true, caller: HOLDER } as const;
    const reading = refreshSession(nodes.first.operations, request);
    expect(reading).toMatchObject({ kind: 'live', session: { id: session.id }, user: { id: session.userId } });
  });

  test('is believed for five seconds, and not a moment longer by a clock that was set back', async () => {
    const session = await begin();
    const credential = session.credential(0);
    await session.present(credential);
    clock.advance(TRUST_MS - 1);
    expect(await present(session, credential)).toBe('live');
    clock.advance(1);
    expect(await present(session, credential)).toBe('live select');
    clock.advance(-1);
    expect(await present(session, credential)).toBe('live select');
    clock.advance(1);
  });

  test('is left aside where something is to be written: a confirmation, a use, a rotation', async () => {
    const session = await begin({ lastUsedAt: clock.now() + W });
    const credential = session.credential(0);
    clock.advance(W - 1);
    await session.present(credential);
    expect(await present(session, credential)).toBe('live');
    clock.advance(1);
    // It says that a row is about to be locked, which need not be read before.
    expect(await present(session, credential)).toBe('live begin select update');
    expect(await present(session, credential)).toBe('live');
    clock.advance(W);
    expect(await present(session, credential)).toBe('live select begin select update');
    clock.advance(R - 2 * W - 1);
    await session.present(credential);
    expect(await present(session, credential)).toBe('live');
    clock.advance(1);
    expect(await present(session, credential)).toBe('live + renewal begin select update');
    expect(await present(session, session.credential(1))).toBe('live');
  });

  test('never answers for the credential before', async () => {
    const session = await begin({ generation: 1, previousAttempt: 0 });
    await session.present(session.credential(1));
    for (let times = 0; times < 2; times += 1) {
      expect(await present(session, session.credential(0))).toBe('live + renewal select begin select');
    }
    // It was read for that, and is kept, for the current one.
    expect(await present(session, session.credential(1))).toBe('live');
  });

  test('is read again for a credential ahead of it: another node rotated, and nothing is adopted', async () => {
    const session = await begin();
    clock.advance(R - SECOND_MS);
    await session.present(session.credential(0), { on: nodes.second });
    expect(await present(session, session.credential(0), nodes.second)).toBe('live');
    clock.advance(SECOND_MS);
    const renewal = renewalOf(await session.present(session.credential(0)))!;
    expect(await present(session, renewal, nodes.second)).toBe('live select');
    expect(await session.audit()).toEqual([]);
  });

  describe('that was forgotten while it was read', () => {
    const forgetting: [string, (session: SessionOnTrial) => void][] = [
      ['itself', ({ id }) => nodes.first.operations.sessions.forgetSession(id)],
      ['with its user', ({ userId }) => nodes.first.operations.sessions.forgetUser(userId)],
      ['with everything', () => nodes.first.operations.sessions.forgetAll()],
      ['after another', () => nodes.first.operations.sessions.forgetSession('ses_other')],
    ];
    test.each(forgetting)('is not kept: %s', async (_what, forget) => {
      const session = await begin();
      const reading = session.present(session.credential(0));
      forget(session);
      expect(outcomeOf(await reading)).toBe('live');
      expect(await present(session, session.credential(0))).toBe('live select');
      expect(await present(session, session.credential(0))).toBe('live');
    });

    test.each(forgetting)('and changed is not kept either: %s', async (_what, forget) => {
      const session = await begin({ rotatedAt: clock.now() - R });
      nodes.first.onStatement = (statement) => {
        if (statement === 'update') forget(session);
      };
      expect(outcomeOf(await session.present(session.credential(0)))).toBe('live + renewal');
      nodes.first.onStatement = undefined;
      expect(await present(session, session.credential(1))).toBe('live select');
    });
  });

  test('is not answered for once it was ended here, whatever was under way', async () => {
    for (const end of [
      ({ id, userId }: SessionOnTrial) =>
        endOneSession(nodes.first.operations, { id, userId, reason: 'signed_out' }, HOLDER),
      ({ userId }: SessionOnTrial) => endAllSessions(nodes.first.operations, { userId }, HOLDER),
    ]) {
      const session = await begin();
      const credential = session.credential(0);
      const underWay: Promise<unknown>[] = [];
      // Others read it at every step of the end.
      nodes.first.onStatement = (statement) => {
        if (statement !== 'select') underWay.push(session.present(credential));
      };
      await end(session);
      nodes.first.onStatement = undefined;
      expect(await present(session, credential)).toBe('revoked select');
      expect(underWay.length).toBeGreaterThan(3);
      await Promise.all(underWay);
      expect(await present(session, credential)).toBe('revoked select');
    }
  });
});
