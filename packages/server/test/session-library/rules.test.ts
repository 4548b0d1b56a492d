/** What becomes of a session: the rules by the numbers that decide-refresh.ts gives them, and all around them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { StoredSession } from '../../src/session-library/index.ts';
import { COOKIE, NOW, openTrial, outcomeOf, R, sent, W } from './trial.ts';

const P = W / 6;
const DAY = 86_400_000;
const alice = { subject: 'alice', remember: true } as const;

type State = Partial<StoredSession>;
const made: State = { generation: 5, attempt: 2, previousAttempt: 1, rotatedAt: NOW };
const used: State = { ...made, confirmed: true };
const after = (generation: number, attempt: number, confirmed = false) => ({ generation, attempt, confirmed });

describe('a cookie that was made for the session', () => {
  test.each<[string, State, presented: [number, number], age: number, canSetCookie: boolean, kind: string, State?]>([
    ['1: current, R old', made, [5, 2], R, true, 'renewed', after(6, 0)],
    ['1: also when seen in use', used, [5, 2], R, true, 'renewed', after(6, 0)],
    ['1: where no cookie can be set, it is seen in use', made, [5, 2], R, false, 'live', after(5, 2, true)],
    ['1: and nothing more', used, [5, 2], R, false, 'live', after(5, 2, true)],
    ['2: current, W old', made, [5, 2], W, true, 'live', after(5, 2, true)],
    ['2: just before R', made, [5, 2], R - 1, true, 'live', after(5, 2, true)],
    ['3: current, young', made, [5, 2], W - 1, true, 'live', after(5, 2)],
    ['3: a clock that went back', made, [5, 2], -5000, true, 'live', after(5, 2)],
    ['4: the one before, before P', made, [4, 1], P - 1, true, 'renewed', after(5, 2)],
    ['4: where no cookie can be set', made, [4, 1], P - 1, false, 'live', after(5, 2)],
    ['4: from P on', made, [4, 1], P, true, 'live', after(5, 2)],
    ['4: until W', used, [4, 1], W - 1, true, 'live', after(5, 2, true)],
    ['5: at W, its child unseen', made, [4, 1], W, true, 'renewed', after(5, 3)],
    ['5: where no cookie can be set', made, [4, 1], W, false, 'live', after(5, 2)],
    ['6: at W, its child in use', used, [4, 1], W, true, 'nobody'],
    ['6: where no cookie can be set', used, [4, 1], W, false, 'nobody'],
    ['6: two generations back', made, [3, 0], 0, true, 'nobody'],
    ['6: a void attempt', made, [5, 1], 0, true, 'nobody'],
    ['7: ahead of the database', made, [7, 3], R, true, 'renewed', after(7, 3)],
    ['7: where no cookie can be set', made, [7, 3], R, false, 'live', after(7, 3)],
  ])('%s', async (_rule, state, [generation, attempt], age, canSetCookie, kind, row) => {
    const { clock, sessions, store, thefts, cookie } = openTrial();
    const { session } = await sessions.begin(alice);
    await store.change(session.id, () => ({ next: { ...session, ...state }, result: undefined }));
    clock.now = NOW + age;
    const outcome = outcomeOf(await sessions.check({ cookie: cookie(session, generation, attempt), canSetCookie }));
    expect(outcome.kind).toBe(kind);
    const stored = await store.find(session.id);
    if (row === undefined) {
      expect(stored).toBeUndefined();
      expect(thefts).toEqual([{ ...session, ...state, salt: thefts[0]!.salt }]);
      return;
    }
    expect(stored).toMatchObject(row);
    expect(thefts).toEqual([]);
    // Whoever is given a cookie is given the current one, byte for byte.
    expect(outcome.cookie).toBe(kind === 'renewed' ? cookie(stored!) : undefined);
  });

  test('is worth nothing after a theft, to either of them, and that is told once', async () => {
    const { clock, sessions, thefts, cookie } = openTrial();
    const { session, setCookie } = await sessions.begin(alice);
    const stolen = sent(setCookie);
    clock.now += R;
    const victim = outcomeOf(await sessions.check({ cookie: stolen })).cookie!;
    clock.now += W;
    expect(outcomeOf(await sessions.check({ cookie: victim })).kind).toBe('live');
    for (const each of [stolen, victim, stolen, cookie(session, 9)]) {
      expect(outcomeOf(await sessions.check({ cookie: each })).kind).toBe('nobody');
    }
    expect(thefts.map(({ id, subject }) => [id, subject])).toEqual([[session.id, 'alice']]);
  });

  test('does not hide what `onTheft` throws, and the session has ended all the same', async () => {
    const onTheft = () => Promise.reject(new Error('no mail'));
    const { sessions, store, cookie } = openTrial({ onTheft });
    const { session } = await sessions.begin(alice);
    await store.change(session.id, () => ({ next: { ...session, generation: 2 }, result: undefined }));
    await expect(sessions.check({ cookie: cookie(session, 0) })).rejects.toThrow();
    expect(await store.find(session.id)).toBeUndefined();
  });
});

describe('time', () => {
  test('unused, a session ends; used, its idle end moves, but never its absolute one', async () => {
    const { clock, sessions, store } = openTrial({ idleSeconds: 3600, maxSeconds: 7200 });
    const begun = await sessions.begin(alice);
    let cookie = sent(begun.setCookie);
    for (let minute = 59; minute < 120; minute += 30) {
      clock.now = NOW + minute * 60_000;
      const { session, setCookie } = await sessions.check({ cookie });
      cookie = sent(setCookie()!);
      expect(session).toMatchObject({ lastUsedAt: clock.now, expiresAt: NOW + 7_200_000 });
    }
    clock.now = NOW + 7_200_000 - 1;
    expect(await store.find(begun.session.id)).toMatchObject({ idleExpiresAt: NOW + 7_200_000 });
    expect((await sessions.check({ cookie })).session).toBeDefined();
    clock.now += 1;
    expect((await sessions.check({ cookie })).session).toBeUndefined();
  });

  test('without a cookie to set, uses are written down too', async () => {
    const { clock, sessions } = openTrial({ idleSeconds: 3600 });
    const cookie = sent((await sessions.begin(alice)).setCookie);
    for (let use = 0; use < 5; use += 1) {
      clock.now += 3_500_000;
      expect((await sessions.check({ cookie, canSetCookie: false })).session).toBeDefined();
    }
    clock.now += 3_600_000;
    expect((await sessions.check({ cookie, canSetCookie: false })).session).toBeUndefined();
  });

  test('one that is not remembered ends with the browser, and after a day at most', async () => {
    const { sessions } = openTrial();
    const { session, setCookie } = await sessions.begin({ subject: 'alice', remember: false });
    expect(setCookie).toMatch(/^__Host-sawal=lks_[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    expect(session.expiresAt).toBe(NOW + DAY);
  });

  test('one that is remembered has as long a cookie as it lives', async () => {
    const { clock, sessions } = openTrial({ sameSite: 'Lax' });
    const { setCookie } = await sessions.begin(alice);
    const text = /^__Host-sawal=lks_[\w-]+; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/;
    expect(setCookie).toMatch(text);
    clock.now += DAY;
    expect((await sessions.check({ cookie: sent(setCookie) })).setCookie()).toContain('; Max-Age=2505600;');
  });

  test('a rotation that is decided too long before the headers leave keeps its cookie back, and is given again', async () => {
    // The limit is on a clock that nobody sets: W/12.
    const { clock, sessions } = openTrial({ overlapSeconds: 6, rotateSeconds: 6 });
    const { setCookie } = await sessions.begin(alice);
    clock.now += 6000;
    const cookie = sent(setCookie);
    const check = await sessions.check({ cookie });
    const text = check.setCookie();
    expect(text).toBeDefined();
    await sleep(520);
    expect(check.setCookie()).toBeUndefined();
    expect((await sessions.check({ cookie })).setCookie()).toBe(text);
  });

  test("decisions go by the database's clock, where it has one", async () => {
    const { store, sessions, another } = openTrial();
    const skewed = another({
      store: { ...store, change: (id, change) => store.change(id, (session) => change(session, NOW + W)) },
      now: () => NOW + R,
    });
    const { session, setCookie } = await sessions.begin(alice);
    expect(outcomeOf(await skewed.check({ cookie: sent(setCookie) })).kind).toBe('live');
    expect(await store.find(session.id)).toMatchObject({ generation: 0, confirmed: true, lastUsedAt: NOW + W });
  });

  test('what has expired is deleted when others begin, once an hour', async () => {
    const { clock, sessions, store } = openTrial();
    const old = await sessions.begin({ subject: 'alice', remember: false });
    const kept = await sessions.begin(alice);
    clock.now += DAY;
    const next = await sessions.begin({ subject: 'bob', remember: false });
    expect([await store.find(old.session.id), (await store.find(kept.session.id))?.id]).toEqual([
      undefined,
      kept.session.id,
    ]);
    expect(await store.find(next.session.id)).toBeDefined();
  });
});

describe('slots', () => {
  test('each has a cookie of its own, and all that live are listed', async () => {
    const { clock, sessions, store, cookie } = openTrial();
    const begun = [];
    for (const slot of [undefined, 0, 3, 9])
      begun.push(await sessions.begin({ subject: `in ${slot}`, remember: true, slot }));
    await sessions.end(begun[2]!.session.id);
    const header = begun.map(({ setCookie }) => sent(setCookie)).join('; ');
    expect(header.match(/__Host-sawal[.\d]*(?==)/g)).toEqual([COOKIE, `${COOKIE}.0`, `${COOKIE}.3`, `${COOKIE}.9`]);
    clock.now += R;
    const before = await store.find(begun[0]!.session.id);
    const listed = async (text: string) =>
      (await sessions.slots(text)).map(({ slot, session }) => [slot, session.subject]);
    expect(await listed(header)).toEqual([
      [undefined, 'in undefined'],
      [0, 'in 0'],
      [9, 'in 9'],
    ]);
    expect(await store.find(begun[0]!.session.id)).toEqual(before);
    expect((await sessions.check({ cookie: header, slot: 9 })).session?.subject).toBe('in 9');
    expect((await sessions.check({ cookie: header, slot: 1 })).session).toBeUndefined();
    // Listing ends nothing either: that is left to a check.
    await store.change(before!.id, () => ({ next: { ...before!, generation: 2 }, result: undefined }));
    expect(await listed(cookie(before!, 0))).toEqual([]);
    expect(await store.find(before!.id)).toBeDefined();
  });

  test.each([10, -1, 0.5, Number.NaN, '1' as unknown as number, null as unknown as number])(
    '%j is none',
    async (slot) => {
      const { sessions } = openTrial();
      await expect(sessions.check({ cookie: '', slot })).rejects.toThrow(RangeError);
      await expect(sessions.begin({ ...alice, slot })).rejects.toThrow(RangeError);
      expect(() => sessions.endedCookie(slot)).toThrow(RangeError);
    },
  );
});

describe('an end', () => {
  test('is at once and for all', async () => {
    const { sessions } = openTrial();
    const { session, setCookie } = await sessions.begin(alice);
    expect(await sessions.end(session.id)).toBe(true);
    expect(await sessions.end(session.id)).toBe(false);
    expect((await sessions.check({ cookie: sent(setCookie) })).session).toBeUndefined();
  });

  test('leaves no rotated cookie in the answer of the sign-out, or of the next sign-in', async () => {
    const { clock, sessions } = openTrial();
    const ended = await sessions.begin(alice);
    const kept = await sessions.begin(alice);
    clock.now += R;
    const checks = [];
    for (const { setCookie } of [ended, kept]) checks.push(await sessions.check({ cookie: sent(setCookie) }));
    await sessions.end(ended.session.id);
    expect(checks.map(({ setCookie }) => setCookie() !== undefined)).toEqual([false, true]);
  });

  test.each(['', 'ses_', "ses_' OR 1", 'usr_00000000000000000000000000000000'])('%j is no session', async (id) => {
    expect(await openTrial().sessions.end(id)).toBe(false);
  });

  test('takes the cookie away', () => {
    expect(openTrial().sessions.endedCookie(4)).toBe(
      '__Host-sawal.4=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
    );
  });
});

test.each(['', undefined as unknown as string])('a session of %j is refused', async (subject) => {
  await expect(openTrial().sessions.begin({ subject, remember: true })).rejects.toThrow(TypeError);
});
