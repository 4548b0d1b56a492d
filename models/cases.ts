import { judge, type Judgement } from './judge.ts';
import { latchkey, type Rules } from './policies/latchkey.ts';
import { oryHydra } from './policies/ory-hydra.ts';
import { betterAuth, strictRotation } from './policies/strict-rotation.ts';
import { supabase } from './policies/supabase.ts';
import { superTokens } from './policies/supertokens.ts';
import type { Invariant, Policy } from './policy.ts';
import { COARSE, FINE, type Scale } from './settings.ts';
import { watched } from './watch.ts';
import type { Setting } from './world.ts';
import { decideRefresh, rotationPolicy } from '../packages/server/src/domain/sessions/decide-refresh.ts';

/** What has to come out. A thief is let in where `apart` or `inStep` says what is to become of him. */
export interface Expectation {
  /** What honest actors alone break. */
  readonly honest: Invariant | 'nothing';
  /** Victim and thief more than the overlap apart: the most served switches from the first renewal on. */
  readonly apart?: number | 'never found';
  /** The thief within the overlap of the victim, every time. */
  readonly inStep?: 'found' | 'never found';
}

export interface Case {
  readonly name: string;
  readonly expected: Expectation;
  judge(): Judgement;
}

interface OurWorld {
  readonly scale: Scale;
  readonly carrier: 'refresh token' | 'cookie';
  readonly rules?: Partial<Rules>;
  readonly setting?: Partial<Setting>;
}

/** The server's own function and policy, watched. */
function ourCase(name: string, expected: Expectation, { scale, carrier, ...changed }: OurWorld): Case {
  const { overlap, cookieRotateAfter, tickSeconds } = scale;
  const rules = { ...rotationPolicy(overlap, carrier === 'cookie' ? cookieRotateAfter : overlap), ...changed.rules };
  const policy = watched(latchkey(rules), { decide: decideRefresh, rules, overlap: rules.overlapMs });
  const thief = expected.apart !== undefined || expected.inStep !== undefined;
  const setting = { ...scale.setting, thief, ...changed.setting };
  return { name, expected, judge: () => judge(policy, setting, tickSeconds) };
}

/** Peers get the kindest client: one that refreshes when its access token has expired, after two overlaps. */
function peerCase<Row>(name: string, expected: Expectation, policy: Policy<Row>): Case {
  const setting = { ...COARSE.setting, refreshAge: 2 * COARSE.overlap, thief: true };
  return { name, expected, judge: () => judge(policy, setting, COARSE.tickSeconds) };
}

/** In step a thief stays hidden: the limit that the documentation states. */
const PROMISE: Expectation = { honest: 'nothing', apart: 2, inStep: 'never found' };
const STRICT: Expectation = { honest: 'I1', apart: 0, inStep: 'found' };
const W = COARSE.overlap;

/** The table of the design document. Peers have W as their reuse interval or grace period. */
export const comparisonIn = (scale: Scale): readonly Case[] => [
  ourCase('Latchkey, refresh token', PROMISE, { scale: COARSE, carrier: 'refresh token' }),
  ourCase('Latchkey, session cookie', PROMISE, { scale, carrier: 'cookie' }),
  peerCase('strict rotation (RFC 9700 read literally)', STRICT, strictRotation),
  peerCase('Supabase Auth 2.196, algorithm 2', { honest: 'nothing', apart: 'never found' }, supabase(W)),
  peerCase('Ory Hydra 26.2 with a grace period', { honest: 'I1', apart: 'never found' }, oryHydra(W)),
  peerCase('SuperTokens Core 12.1', STRICT, superTokens(W)),
  peerCase('Better Auth 1.7 OAuth provider', STRICT, betterAuth),
];

export const comparison = comparisonIn(FINE);

const holds: Expectation = { honest: 'nothing' };
const fails: Expectation = { honest: 'I1' };
const cookie = { scale: COARSE, carrier: 'cookie' } as const;
const token = { scale: COARSE, carrier: 'refresh token' } as const;
const fine = { scale: FINE, carrier: 'cookie' } as const;
const { requestDelay, answerDelay, diskDelay } = FINE.setting;
const sixth = FINE.overlap / 6;

/** Our rules in other worlds: what else holds, and where it ends. */
export const variations: readonly Case[] = [
  ourCase('a refresh token, ticks of 5 s', holds, { scale: FINE, carrier: 'refresh token' }),
  ourCase('three requests at once', holds, { ...cookie, setting: { tabs: 3 } }),
  ourCase('pages read where no cookie can be set', PROMISE, { ...cookie, setting: { reads: true } }),
  ourCase('a session that ends after 3 W', holds, { ...cookie, rules: { expiresAt: 3 * W } }),
  ourCase('a fail-over that loses less than W', holds, { ...cookie, setting: { failoverLoss: W - 1 } }),
  ourCase('a browser that never crashes, and Q = 4/6 W', holds, {
    ...fine,
    setting: { diskDelay: -1, requestDelay: 4 * sixth },
  }),
  ourCase('one answer lost after the theft', { ...holds, apart: 4 }, { ...token, setting: { faultsAfterTheft: 1 } }),
  ourCase(
    'a thief on another network and browser',
    { ...PROMISE, inStep: 'found' },
    {
      ...cookie,
      rules: { foreignThief: true },
    },
  ),
  ourCase('limit: strict mode, W = 0', STRICT, {
    ...cookie,
    rules: rotationPolicy(0, COARSE.cookieRotateAfter),
    setting: { overlap: 0 },
  }),
  ourCase('limit: a fail-over that loses W', fails, { ...cookie, setting: { failoverLoss: W } }),
  ourCase('limit: P + A + D + Q > W by P', fails, { ...fine, rules: { repeatMs: sixth + 1 } }),
  ourCase('limit: P + A + D + Q > W by A', fails, { ...fine, setting: { answerDelay: answerDelay + 1 } }),
  ourCase('limit: P + A + D + Q > W by D', fails, { ...fine, setting: { diskDelay: diskDelay + 1 } }),
  ourCase('limit: P + A + D + Q > W by Q', fails, { ...fine, setting: { requestDelay: requestDelay + 1 } }),
];
