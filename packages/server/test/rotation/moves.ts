import fc from 'fast-check';
import type { Move, Trip } from './simulation.ts';

const SECOND_MS = 1000;
export const W = 60 * SECOND_MS;
export const R = 600 * SECOND_MS;
export const IDLE_MS = 3600 * SECOND_MS;
/** The longest from the moment when a browser picks its cookie to the server's decision: Q of the models. */
const REQUEST_MS = W / 6;
/** The longest from the decision to the cookie's arrival in the jar: A. */
const ANSWER_MS = W / 6;
/** How far a browser's disk lags behind: D. Chrome writes its cookies every 30 s. */
const DISK_LAG_MS = W / 2;

const upTo = (ms: number): fc.Arbitrary<number> => fc.oneof(fc.constant(0), fc.constant(ms), fc.nat(ms));
const node = fc.nat(2);
const canRenew = fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });

/** Around the times at which the rules change their minds, most of all; now and then long enough to be idle. */
const pause: fc.Arbitrary<Move> = fc
  .oneof(
    { weight: 6, arbitrary: fc.nat(2 * SECOND_MS) },
    { weight: 6, arbitrary: fc.nat(W / 2) },
    { weight: 8, arbitrary: fc.integer({ min: W - REQUEST_MS, max: W + 2 * SECOND_MS }) },
    { weight: 8, arbitrary: fc.constantFrom(W - 1, W, R, W + DISK_LAG_MS) },
    { weight: 8, arbitrary: fc.integer({ min: R - W, max: R + W }) },
    { weight: 1, arbitrary: fc.nat(2 * IDLE_MS) },
  )
  .map((ms) => ({ kind: 'pause', ms }));

const trip: fc.Arbitrary<Trip> = fc.record({
  node,
  canRenew,
  requestMs: fc.oneof(
    { weight: 4, arbitrary: upTo(REQUEST_MS).map((ms) => [ms]) },
    { weight: 1, arbitrary: fc.array(upTo(REQUEST_MS), { minLength: 2, maxLength: 3 }) },
  ),
  answerMs: fc.oneof({ weight: 2, arbitrary: upTo(ANSWER_MS) }, { weight: 1, arbitrary: fc.constant('lost' as const) }),
});

/** One request, or several at the same moment: tabs, which the balancer spreads over the nodes. */
const request: fc.Arbitrary<Move> = fc
  .oneof(
    { weight: 2, arbitrary: fc.tuple(trip) },
    { weight: 1, arbitrary: fc.tuple(trip, trip) },
    { weight: 1, arbitrary: fc.array(trip, { minLength: 3, maxLength: 5 }) },
  )
  .map((trips) => ({ kind: 'request', trips }));

const restart: fc.Arbitrary<Move> = upTo(DISK_LAG_MS).map((lagMs) => ({ kind: 'restart', lagMs }));
const signOut: fc.Arbitrary<Move> = node.map((on) => ({ kind: 'sign-out', node: on }));
const steal: fc.Arbitrary<Move> = fc.constant({ kind: 'steal' });
const thief: fc.Arbitrary<Move> = fc.record({ kind: fc.constant('thief'), node, canRenew });

/** Answers that are lost until the overlap is nearly over: chance alone would seldom come so close. */
const closeCall: fc.Arbitrary<Move[]> = fc
  .record({
    lost: trip.map((sent) => ({ ...sent, canRenew: true, answerMs: 'lost' as const })),
    untilMs: fc.integer({ min: W - 2 * REQUEST_MS, max: W + REQUEST_MS }),
    late: trip,
    next: fc.array(fc.oneof(request, pause, restart), { maxLength: 4 }),
  })
  .map(({ lost, untilMs, late, next }) => [
    { kind: 'pause', ms: R },
    { kind: 'request', trips: [lost] },
    { kind: 'pause', ms: untilMs },
    { kind: 'request', trips: [late] },
    ...next,
  ]);

const one = (arbitrary: fc.Arbitrary<Move>): fc.Arbitrary<Move[]> => arbitrary.map((move) => [move]);

/** What honest actors and the network do. Most sequences have no sign-out in them: little happens after it. */
export const honestMoves: fc.Arbitrary<Move[]> = fc
  .array(
    fc.oneof(
      { weight: 30, arbitrary: one(request) },
      { weight: 30, arbitrary: one(pause) },
      { weight: 8, arbitrary: one(restart) },
      { weight: 8, arbitrary: closeCall },
      { weight: 1, arbitrary: one(signOut) },
    ),
    { maxLength: 50, size: 'max' },
  )
  .map((moves) => moves.flat());

/** The same, and a thief who copies cookies and uses them whenever he likes. */
export const movesWithThief: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: request },
    { weight: 30, arbitrary: pause },
    { weight: 4, arbitrary: restart },
    { weight: 3, arbitrary: steal },
    { weight: 15, arbitrary: thief },
  ),
  { maxLength: 60, size: 'max' },
);

/** One use after the theft, whose answer arrives at once. */
export interface Turn {
  readonly by: 'holder' | 'thief';
  /** Time since the use before; more than W where the other one follows. */
  readonly afterMs: number;
  readonly node: number;
  readonly canRenew: boolean;
}

export interface Theft {
  /** What happens before. */
  readonly before: readonly Move[];
  readonly turns: readonly Turn[];
}

/** Victim and thief act more than W apart: what I5 is about. */
export const theftApart: fc.Arbitrary<Theft> = fc.record({
  before: fc.array(fc.oneof(request, pause, restart), { maxLength: 10, size: 'max' }),
  turns: fc.array(
    fc.record({
      by: fc.constantFrom('holder', 'thief'),
      afterMs: fc.oneof(fc.integer({ min: W + 1, max: 2 * W }), fc.integer({ min: R - W, max: R + W })),
      node,
      canRenew,
    }),
    { maxLength: 25, size: 'max' },
  ),
});
