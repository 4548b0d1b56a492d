import { describe, expect, test } from 'vitest';
import {
  answerWithinMs,
  decideRefresh,
  rotationPolicy,
  type RefreshableSession,
  type RefreshDecision,
  type RotationPolicy,
} from './decide-refresh.ts';

const W = 60_000;
const R = 600_000;
const ROTATED_AT = 1_000_000;
const P = W / 6;
const COOKIE = rotationPolicy(W, R);
const TOKEN = rotationPolicy(W, W);
const STRICT = rotationPolicy(0, R);

const row: RefreshableSession = {
  generation: 5,
  attempt: 2,
  previousAttempt: 1,
  rotatedAt: ROTATED_AT,
  confirmed: false,
  strictGeneration: null,
  revokedAt: null,
  idleExpiresAt: 1e12,
  expiresAt: 1e12,
};
const confirmed = { ...row, confirmed: true };

const rotated = { generation: 6, attempt: 0, previousAttempt: 2, confirmed: false };
const branched = { generation: 5, attempt: 3, previousAttempt: 1, confirmed: false };
const adopted = { previousAttempt: null, confirmed: false };

type Row = [
  rule: string,
  state: RefreshableSession,
  presented: [number, number],
  age: number,
  policy: RotationPolicy,
  kind: RefreshDecision['kind'],
  next?: object,
];

const TABLE: Row[] = [
  ['1: current, R old', row, [5, 2], R, COOKIE, 'rotate', rotated],
  ['1: also when confirmed', confirmed, [5, 2], R + 1, COOKIE, 'rotate', rotated],
  ['1: a refresh token at W', row, [5, 2], W, TOKEN, 'rotate', rotated],
  ['2: current, W old', row, [5, 2], W, COOKIE, 'confirm'],
  ['2: just before R', row, [5, 2], R - 1, COOKIE, 'confirm'],
  ['2: one write for each rotation', confirmed, [5, 2], W, COOKIE, 'accept'],
  ['3: current, young', row, [5, 2], W - 1, COOKIE, 'accept'],
  ['3: a refresh token, young', row, [5, 2], W - 1, TOKEN, 'accept'],
  ['3: a clock that went back', row, [5, 2], -5000, COOKIE, 'accept'],
  ['4: previous before P', row, [4, 1], P - 1, COOKIE, 'repeat'],
  ['4: previous from P on', row, [4, 1], P, COOKIE, 'hold'],
  ['4: until W', confirmed, [4, 1], W - 1, COOKIE, 'hold'],
  ['4: also when confirmed', confirmed, [4, 1], 0, COOKIE, 'repeat'],
  ['5: previous at W, child unseen', row, [4, 1], W, COOKIE, 'branch', branched],
  ['5: for a refresh token as well', row, [4, 1], 100 * W, TOKEN, 'branch', branched],
  ['6: previous at W, child confirmed', confirmed, [4, 1], W, COOKIE, 'theft'],
  ['6: two generations back', row, [3, 1], 0, COOKIE, 'theft'],
  ['6: the first generation of all', row, [0, 0], 0, COOKIE, 'theft'],
  ['6: a void attempt of this generation', row, [5, 1], 0, COOKIE, 'theft'],
  ['6: a void attempt of the one before', row, [4, 0], 0, COOKIE, 'theft'],
  ['7: a later generation', row, [6, 0], 0, COOKIE, 'adopt', { generation: 6, attempt: 0, ...adopted }],
  ['7: far later', row, [9, 4], R, COOKIE, 'adopt', { generation: 9, attempt: 4, ...adopted }],
  ['7: a later attempt', row, [5, 3], 0, COOKIE, 'adopt', { generation: 5, attempt: 3, ...adopted }],
  ['after 7 any attempt before counts', { ...row, previousAttempt: null }, [4, 7], P - 1, COOKIE, 'repeat'],
  ['W = 0: previous is theft at once', row, [4, 1], 0, STRICT, 'theft'],
  ['W = 0: current confirms at once', row, [5, 2], 0, STRICT, 'confirm'],
  ['W = 0: previous is theft, whatever the clock says', row, [4, 1], -5000, STRICT, 'theft'],
  ['W = 0: current confirms, whatever the clock says', row, [5, 2], -5000, STRICT, 'confirm'],
  ['a strict generation has no W', { ...row, strictGeneration: 5 }, [4, 1], 0, COOKIE, 'theft'],
  ['the generation before it has', { ...row, strictGeneration: 6 }, [4, 1], 0, COOKIE, 'repeat'],
  ['no late retry before a strict one', { ...row, strictGeneration: 6 }, [4, 1], W, COOKIE, 'theft'],
  ['attempts run out', { ...row, attempt: 0xffff }, [4, 1], W, COOKIE, 'theft'],
];

describe('decideRefresh', () => {
  test.each(TABLE)('%s', (_rule, state, [generation, attempt], age, policy, kind, next) => {
    const now = ROTATED_AT + age;
    const decision = decideRefresh(state, { generation, attempt, authentic: true }, now, policy);
    expect(decision.kind).toBe(kind);
    expect('next' in decision ? decision.next : undefined).toEqual(next && { ...next, rotatedAt: now });
  });

  test('a late retry names the branch that it voids', () => {
    const decision = decideRefresh(row, { generation: 4, attempt: 1, authentic: true }, ROTATED_AT + W, COOKIE);
    expect(decision).toMatchObject({ kind: 'branch', voided: { generation: 5, attempt: 2 } });
  });

  test.each<[string, Partial<RefreshableSession>, boolean, string]>([
    ['a wrong MAC, before all else', { revokedAt: 1 }, false, 'forged'],
    ['a revoked session', { revokedAt: ROTATED_AT }, true, 'revoked'],
    ['the absolute end, exclusive', { expiresAt: ROTATED_AT + W }, true, 'expired'],
    ['the idle end, exclusive', { idleExpiresAt: ROTATED_AT + W }, true, 'expired'],
  ])('8: %s', (_case, state, authentic, reason) => {
    for (const [generation, attempt] of [
      [5, 2],
      [4, 1],
      [0, 0],
      [9, 9],
    ] as const) {
      const decision = decideRefresh({ ...row, ...state }, { generation, attempt, authentic }, ROTATED_AT + W, COOKIE);
      expect(decision).toEqual({ kind: 'refuse', reason });
    }
  });
});

test('an answer leaves within half of what the overlap leaves for it', () => {
  expect(answerWithinMs(COOKIE)).toBe(5000);
  expect(answerWithinMs(STRICT)).toBe(Number.POSITIVE_INFINITY);
});
