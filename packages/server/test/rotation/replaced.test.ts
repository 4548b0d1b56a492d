/** A browser that is signed in signs in again: what it had goes on until what it was sent is known to have arrived. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../src/domain/sessions/session.ts';
import { beginSession as beginNewSession } from '../../src/operations/begin-session.ts';
import { endAllSessions, endOneSession, endSessionByOperator } from '../../src/operations/end-sessions.ts';
import { listSessions } from '../../src/operations/list-sessions.ts';
import { renewByPassword } from '../../src/operations/renew-by-password.ts';
import { findSession } from '../../src/storage/sessions.ts';
import { lockUser } from '../../src/storage/users.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { openNode, openNodeInRealTime, useTwoNodes, type TestNode } from './nodes.ts';
import { beginSession, HOLDER, onTrial, outcomeOf, renewalOf, type SessionOnTrial } from './session-on-trial.ts';

const SECOND_MS = 1000;
const W = 60 * SECOND_MS;
const R = 600 * SECOND_MS;
const DAY_MS = 24 * 3600 * SECOND_MS;
const AT_ONCE = 50;

/** The user of a session signs in, in the browser that has this session. */
async function signInAgain(node: TestNode, { id, userId }: SessionOnTrial): Promise<SessionOnTrial> {
  const { operations } = node;
  const { result } = await operations.store.transaction(async (tx) => {
    const user = (await lockUser(tx, userId))!;
    const proof = { amr: ['pwd'], how: 'password', remember: true, knownDevice: undefined } as const;
    const asked = { user, ...proof, replaces: { id, userId }, caller: HOLDER };
    return beginNewSession(operations, tx, asked, operations.clock());
  });
  const begun = onTrial(node, result.session);
  expect(result.credential).toBe(begun.credential(0));
  return begun;
}

/** The user of a session changes the password in the browser that has this session. */
async function changePassword(node: TestNode, { id, userId }: SessionOnTrial): Promise<SessionOnTrial> {
  const { operations } = node;
  const session = await operations.store.transaction(async (tx) => {
    await lockUser(tx, userId);
    const { session: old } = (await findSession(tx, id))!;
    return renewByPassword(operations, tx, old, HOLDER, operations.clock());
  });
  return onTrial(node, session);
}

/** Events of its end. */
async function endsOf(session: SessionOnTrial) {
  return (await session.audit()).filter(({ type }) => type === 'session.ended');
}

const REPLACED = { type: 'session.ended', outcome: 'success', details: { reason: 'replaced_by_sign_in' } };

describeEachDatabase('a session that is signed in over', (database) => {
  const nodes = useTwoNodes(database);
  const { clock } = nodes;
  const begin = (changes: Partial<Session> = {}) => beginSession(nodes.first, changes);
  const use = async (session: SessionOnTrial, on = nodes.first) =>
    outcomeOf(await session.present(session.credential(0), { on }));
  const reasonOf = async (session: SessionOnTrial) => (await session.row()).revoked_reason;

  test('goes on where the answer was lost, however often; what was sent ends as idle', async () => {
    const old = await begin();
    const lost = await signInAgain(nodes.first, old);
    let generation = 0;
    for (let day = 1; day <= 8; day += 1) {
      clock.advance(DAY_MS);
      expect(renewalOf(await old.present(old.credential(generation)))).toBe(old.credential(generation + 1));
      generation += 1;
    }
    expect(await use(lost)).toBe('expired');
    expect([await old.audit(), await old.revocations(), await reasonOf(old)]).toEqual([[], [], null]);
  });

  test('goes on after a crash that brings it back: uses within W show nothing', async () => {
    const old = await begin();
    const next = await signInAgain(nodes.first, old);
    clock.advance(W - 1);
    expect(await use(next)).toBe('live');
    clock.advance(R);
    // Nor does its own use end the other one: its answers may have come in any order.
    expect(outcomeOf(await old.present(old.credential(0)))).toBe('live + renewal');
    expect([await reasonOf(old), await reasonOf(next)]).toEqual([null, null]);
  });

  describe('ends when the new one is seen late enough, with its events', () => {
    type Case = [what: string, ageMs: number, generation: number, canRenew: boolean, outcome: string];
    test.each<Case>([
      ['used at W', W, 0, true, 'live'],
      ['used at W, where no cookie can be set', W, 0, false, 'live'],
      ['rotated', R, 0, true, 'live + renewal'],
      ['due, where no cookie can be set', R, 0, false, 'live'],
      ['ahead of its row, after a fail-over', 1, 1, true, 'live + renewal'],
    ])('%s', async (_what, ageMs, generation, canRenew, outcome) => {
      const [old, other] = [await begin(), await begin()];
      const next = await signInAgain(nodes.first, old);
      await expect(next.row()).resolves.toMatchObject({ replaces: old.id, rotated_at: clock.now() });
      clock.advance(ageMs);
      // In the memory of both nodes.
      for (const on of [nodes.first, nodes.second]) await use(old, on);
      expect([await old.audit(), await reasonOf(old)]).toEqual([[], null]);
      const confirming = await next.present(next.credential(generation), { canRenew });
      expect(outcomeOf(confirming)).toBe(outcome);

      expect([await use(old), await reasonOf(old)]).toEqual(['revoked', 'replaced_by_sign_in']);
      await nodes.second.follow();
      expect(await use(old, nodes.second)).toBe('revoked');
      expect([await old.audit(), await old.revocations()]).toMatchObject([[REPLACED], ['session it']]);
      await expect(next.row()).resolves.toMatchObject({ replaces: null, revoked_at: null });
      expect([await next.revocations(), await next.mails()]).toEqual([[], []]);
      expect(await use(other)).not.toBe('revoked');
    });

    test('without an overlap, at its first use', async () => {
      await using strict = await openNode(database.url, clock, { settings: { LATCHKEY_SESSION_OVERLAP_SECONDS: '0' } });
      const old = await beginSession(strict);
      const next = await signInAgain(strict, old);
      expect([await use(old, strict), await use(next, strict), await use(old, strict)]).toEqual([
        'live',
        'live',
        'revoked',
      ]);
    });

    test('by the clock that all nodes share', async () => {
      await using late = await openNode(database.url, clock, { skewMs: -W });
      const old = await begin();
      const next = await signInAgain(late, old);
      await use(next);
      expect([(await next.row()).rotated_at, await reasonOf(old)]).toEqual([clock.now(), null]);
    });
  });

  test('ends alone where it was stolen: the new one is nothing that the thief had', async () => {
    const old = await begin({ generation: 2, confirmed: true });
    const next = await signInAgain(nodes.first, old);
    expect(await use(old)).toBe('theft');
    clock.advance(W);
    expect([await use(next), await next.revocations(), await old.revocations()]).toEqual(['live', [], ['session it']]);
  });

  test('a retry, whose answer arrives: what was there and what was lost end with its confirmation', async () => {
    const old = await begin();
    const lost = await signInAgain(nodes.first, old);
    const next = await signInAgain(nodes.second, old);
    clock.advance(W);
    expect([await use(next), await use(old), await use(lost)]).toEqual(['live', 'revoked', 'revoked']);
    expect([await endsOf(old), await endsOf(lost)]).toMatchObject([[REPLACED], [REPLACED]]);
  });

  test('three in a row: the last one ends both, and one in the middle none that came later', async () => {
    const [first, second] = [await begin(), await begin()];
    for (const [old, isSeenBetween] of [
      [first, false],
      [second, true],
    ] as const) {
      const next = await signInAgain(nodes.first, old);
      clock.advance(W - 1);
      const last = await signInAgain(nodes.second, next);
      clock.advance(1);
      // Sent before the answer to the last sign-in arrived.
      if (isSeenBetween) {
        expect([await use(next), await reasonOf(old), await reasonOf(last)]).toEqual([
          'live',
          'replaced_by_sign_in',
          null,
        ]);
      }
      clock.advance(W);
      expect([await use(last), await reasonOf(old), await reasonOf(next)]).toEqual([
        'live',
        'replaced_by_sign_in',
        'replaced_by_sign_in',
      ]);
    }
  });

  describe('ends by the will of the user or the operator with all of its browser', () => {
    const signOut = ({ id, userId }: SessionOnTrial) =>
      endOneSession(nodes.first.operations, { id, userId, reason: 'signed_out' }, HOLDER);
    const endings: [string, (session: SessionOnTrial) => Promise<unknown>, reason: string][] = [
      ['signed out', signOut, 'signed_out'],
      ['by an operator', ({ id }) => endSessionByOperator(nodes.first.operations, id, 'cli'), 'ended_by_operator'],
    ];
    test.each(endings)('%s, whichever of them is meant', async (_how, end, reason) => {
      for (const which of [0, 1, 2]) {
        const old = await begin();
        const line = [old, await signInAgain(nodes.first, old), await signInAgain(nodes.first, old)];
        for (const session of line) await use(session);
        await end(line[which]!);
        for (const session of line) {
          expect([await use(session), await reasonOf(session)]).toEqual(['revoked', reason]);
          expect(await endsOf(session)).toMatchObject([{ details: { reason } }]);
          expect(await session.revocations()).toEqual(['session it']);
        }
      }
    });

    test('not once the new one has arrived; not by another user, nor with another browser', async () => {
      const [old, other] = [await begin(), await begin()];
      const next = await signInAgain(nodes.first, old);
      expect(await signOut({ ...next, userId: other.userId })).toBe(false);
      clock.advance(W);
      await use(next);
      expect(await signOut(old)).toBe(false);
      expect([await use(next), await use(other)]).toEqual(['live', 'live']);
    });

    test('all but one: whichever that is', async () => {
      for (const isOldKept of [true, false]) {
        const old = await begin();
        const next = await signInAgain(nodes.first, old);
        const [kept, gone] = isOldKept ? [old, next] : [next, old];
        await endAllSessions(nodes.first.operations, { userId: old.userId, except: kept.id }, HOLDER);
        clock.advance(W);
        expect([await use(kept), await use(gone), await reasonOf(gone)]).toEqual([
          'live',
          'revoked',
          'signed_out_others',
        ]);
      }
    });
  });

  test('stands once in the list of its user: as the one that asks, or the one that was used last', async () => {
    const old = await begin();
    clock.advance(1);
    const next = await signInAgain(nodes.first, old);
    const shown = async (asking: SessionOnTrial) =>
      (await listSessions(nodes.first.operations, old.userId, asking.id)).map(({ session }) => session.id);
    expect([await shown(old), await shown(next), await shown(await begin())]).toEqual([[old.id], [next.id], [next.id]]);
    clock.advance(W);
    await use(next);
    expect(await shown(next)).toEqual([next.id]);
  });
});

describeEachDatabase('a session in which the password was changed', (database) => {
  const nodes = useTwoNodes(database);
  const { clock } = nodes;
  const use = async (session: SessionOnTrial, on = nodes.first) =>
    outcomeOf(await session.present(session.credential(0), { on }));

  test.each([
    ['in the same instant', 0, true],
    ['in the same instant, where no cookie can be set', 0, false],
    ['a moment later', 1000, true],
    ['at W', W, true],
    ['long after', R, true],
  ])('ends at the first use of the new one: %s', async (_when, ageMs, canRenew) => {
    const old = await beginSession(nodes.first);
    const next = await changePassword(nodes.first, old);
    await expect(next.row()).resolves.toMatchObject({ replaces: old.id, strict_generation: 0, amr: 'pwd' });
    clock.advance(ageMs);
    // In the memory of both nodes.
    for (const on of [nodes.first, nodes.second]) expect(await use(old, on)).toMatch(/^live/);
    expect(outcomeOf(await next.present(next.credential(0), { canRenew }))).toMatch(/^live/);
    expect([await use(old), (await old.row()).revoked_reason]).toEqual(['revoked', 'password_changed']);
    await nodes.second.follow();
    expect(await use(old, nodes.second)).toBe('revoked');
    expect(await old.audit()).toMatchObject([{ type: 'session.ended', details: { reason: 'password_changed' } }]);
    expect([await old.revocations(), await old.mails()]).toEqual([['session it'], []]);
    await expect(next.row()).resolves.toMatchObject({ replaces: null, revoked_at: null });
  });

  test('ends at the first use on a node whose clock is behind', async () => {
    await using behind = await openNode(database.url, clock, { skewMs: -W });
    const old = await beginSession(nodes.first);
    const next = await changePassword(nodes.first, old);
    expect([await use(next, behind), await use(old)]).toEqual(['live', 'revoked']);
  });

  test('is not kept by whoever ends the others by it: a copy of it cannot outlive the change so', async () => {
    const old = await beginSession(nodes.first);
    const next = await changePassword(nodes.first, old);
    for (const on of [nodes.first, nodes.second]) await use(old, on);
    await endAllSessions(nodes.first.operations, { userId: old.userId, except: old.id }, HOLDER);
    expect([await use(old), await use(next)]).toEqual(['revoked', 'revoked']);
    await nodes.second.follow();
    expect(await use(old, nodes.second)).toBe('revoked');
  });

  test('is kept, as any, by whoever ends the others by the new one or once that was used', async () => {
    const old = await beginSession(nodes.first);
    const next = await changePassword(nodes.first, old);
    await endAllSessions(nodes.first.operations, { userId: old.userId, except: next.id }, HOLDER);
    expect([await use(old), await use(next)]).toEqual(['revoked', 'live']);
    await endAllSessions(nodes.first.operations, { userId: old.userId, except: next.id }, HOLDER);
    expect(await use(next)).toBe('live');
  });

  test('stays where the answer was lost: nobody is signed out, and no theft is found', async () => {
    const old = await beginSession(nodes.first);
    await changePassword(nodes.first, old);
    clock.advance(R);
    expect(renewalOf(await old.present(old.credential(0)))).toBe(old.credential(1));
    clock.advance(R);
    expect(renewalOf(await old.present(old.credential(1)))).toBe(old.credential(2));
    expect([await old.audit(), await old.revocations()]).toEqual([[], []]);
  });

  test('a sign-in after a lost answer ends all of that browser once it is known to have arrived', async () => {
    const old = await beginSession(nodes.first);
    const lost = await changePassword(nodes.first, old);
    const next = await signInAgain(nodes.first, old);
    clock.advance(W);
    expect([await use(next), await use(old), await use(lost)]).toEqual(['live', 'revoked', 'revoked']);
  });

  test('the new one rotates as any: its first generation alone has no overlap', async () => {
    const next = await changePassword(nodes.first, await beginSession(nodes.first));
    await use(next);
    clock.advance(R);
    const rotated = renewalOf(await next.present(next.credential(0)))!;
    // A second tab, a retry, and then the one that came.
    expect(renewalOf(await next.present(next.credential(0)))).toBe(rotated);
    clock.advance(W - 1);
    expect(await use(next)).toBe('live');
    clock.advance(1);
    expect(outcomeOf(await next.present(rotated))).toBe('live');
    expect([await use(next), await next.revocations()]).toEqual(['theft', ['session it']]);
  });
});

describeEachDatabase('at once', (database) => {
  const nodes: TestNode[] = [];
  beforeAll(async () => {
    for (let count = 0; count < 2; count += 1) nodes.push(await openNodeInRealTime(database.url));
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  });
  const on = (index: number) => nodes[index % nodes.length]!;
  const atOnce = <Result>(work: (index: number) => Promise<Result>) =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, index) => work(index)));
  /** As if all had begun a while ago. */
  const age = async ({ userId }: SessionOnTrial, byMs: number) => {
    await nodes[0]!.operations.store.transaction((tx) =>
      tx
        .updateTable('sessions')
        .set(({ eb }) => ({ rotated_at: eb('rotated_at', '-', byMs) }))
        .where('user_id', '=', userId)
        .execute(),
    );
  };

  test('50 sign-ins where one session was, and then uses of all: one is left', async () => {
    const old = await beginSession(nodes[0]!);
    const begun = await atOnce((index) => signInAgain(on(index), old));
    expect(await old.row()).toMatchObject({ revoked_at: null });
    await age(old, W);
    const outcomes = await atOnce(async (index) => {
      const session = begun[index]!;
      const using = session.present(session.credential(0), { on: on(index) });
      await old.present(old.credential(0), { on: on(index + 1) });
      return outcomeOf(await using);
    });
    expect(outcomes.toSorted()).toEqual(['live', ...Array.from({ length: AT_ONCE - 1 }, () => 'revoked')]);
    for (const session of [old, ...begun.filter((_, index) => outcomes[index] === 'revoked')]) {
      expect([await endsOf(session), await session.revocations()]).toMatchObject([[REPLACED], ['session it']]);
    }
  });

  test('50 uses of the new one, on both nodes: the old one ends once', async () => {
    const old = await beginSession(nodes[0]!);
    const next = await signInAgain(nodes[1]!, old);
    await age(old, R);
    const outcomes = await atOnce(async (index) =>
      outcomeOf(await next.present(next.credential(0), { on: on(index) })),
    );
    expect(new Set(outcomes)).toEqual(new Set(['live + renewal']));
    expect([await old.audit(), await old.revocations()]).toMatchObject([[REPLACED], ['session it']]);
  });

  test('50 first uses after a change of the password, on both nodes: the old one ends once', async () => {
    const old = await beginSession(nodes[0]!);
    const next = await changePassword(nodes[1]!, old);
    const outcomes = await atOnce(async (index) =>
      outcomeOf(await next.present(next.credential(0), { on: on(index) })),
    );
    expect(new Set(outcomes)).toEqual(new Set(['live']));
    expect([await endsOf(old), await old.revocations()]).toMatchObject([
      [{ details: { reason: 'password_changed' } }],
      ['session it'],
    ]);
  });

  test('uses, sign-outs of each and of all, and sign-ins take turns', async () => {
    const old = await beginSession(nodes[0]!);
    const { userId } = old;
    const line = [old];
    for (let count = 0; count < 4; count += 1) line.push(await signInAgain(on(count), line.at(-1)!));
    await age(old, R);
    await atOnce(async (index) => {
      const { operations } = on(index);
      const session = line[index % line.length]!;
      if (index % 10 === 9) return endAllSessions(operations, { userId, except: session.id }, HOLDER);
      if (index % 10 === 8) return endOneSession(operations, { id: session.id, userId, reason: 'signed_out' }, HOLDER);
      if (index % 10 === 7) return signInAgain(on(index), session);
      return session.present(session.credential(0), { on: on(index) });
    });
    for (const session of line) expect((await session.revocations()).length).toBeLessThanOrEqual(1);
  });
});
