/**
 * Random sequences of what browsers, networks and thieves do, on real databases in virtual time. A sequence that
 * breaks an invariant is shrunk and printed with its seed; LATCHKEY_REPLAY='{"seed":1,"path":"2:3"}' plays it again.
 * LATCHKEY_SOAK_SEED=1 makes a long run draw what another drew.
 */
import type { CredentialCarrier } from '@latchkey/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { isSoak, recordSoak } from '../support/soak.ts';
import { TestClock } from '../support/test-server.ts';
import { NOW } from '../storage/nodes.ts';
import { honestMoves, IDLE_MS, movesWithThief, R, theftApart, W, type Theft, type Turn } from './moves.ts';
import { engineOf, openNode } from './nodes.ts';
import { beginSession, outcomeOf } from './session-on-trial.ts';
import { Simulation, type Move, type SimulatedNode } from './simulation.ts';
import { hold, Witness } from './witness.ts';

/** Steps on each database, of all sequences together: pauses are no steps. */
const STEPS = isSoak ? { sqlite: 100_000, postgres: 100_000 } : { sqlite: 1500, postgres: 400 };
/** Of the first ten sequences; the next ten have the next one. */
const FIRST_SEED = isSoak ? Number(process.env['LATCHKEY_SOAK_SEED'] ?? Date.now()) : 1;
/** What fails is shrunk for so long; then it is printed as it is. */
const SHRINK_MS = isSoak ? 300_000 : 30_000;
const TEST_TIMEOUT_MS = isSoak ? 20 * 60_000 : 60_000;
const DAY_MS = 24 * 3600 * 1000;
const FOLLOW_MS = 500;
/** Clocks of nodes differ from the database's; none is further off. */
const SKEW_MS = 1500;
const KINDS = 3;
const CARRIERS: readonly CredentialCarrier[] = ['cookie', 'refresh_token'];
const SETTINGS = {
  LATCHKEY_SESSION_OVERLAP_SECONDS: String(W / 1000),
  LATCHKEY_SESSION_ROTATE_SECONDS: String(R / 1000),
  LATCHKEY_SESSION_IDLE_SECONDS: String(IDLE_MS / 1000),
};
/** Uses are written down once a minute; a copy in memory and a clock that is behind add to it. */
const WITNESS = { overlapMs: W, idleMs: IDLE_MS, touchMs: 70_000, followMs: FOLLOW_MS };

const tally = () => ({
  sequences: 0,
  steps: 0,
  presentations: 0,
  rotations: 0,
  repeats: 0,
  branches: 0,
  thefts: 0,
  violations: 0,
});

describeEachDatabase('random sequences', (database) => {
  const clock = new TestClock(NOW);
  const nodes: SimulatedNode[] = [];
  let engine: string;
  beforeAll(async () => {
    for (const skewMs of [0, -SKEW_MS, SKEW_MS]) {
      nodes.push({ skewMs, node: await openNode(database.url, clock, { settings: SETTINGS, skewMs }) });
    }
    engine = await engineOf(nodes[0]!.node.operations);
  });
  afterAll(async () => {
    await Promise.all(nodes.map(({ node }) => node[Symbol.asyncDispose]()));
  });

  async function begin(carrier: CredentialCarrier, total: ReturnType<typeof tally>) {
    const now = clock.now();
    const session = await beginSession(nodes[0]!.node, {
      carrier,
      idleExpiresAt: now + IDLE_MS,
      expiresAt: now + DAY_MS,
    });
    const witness = new Witness(session, await session.row(), WITNESS);
    const world = { clock, nodes, session, witness, credential: session.credential(0), followMs: FOLLOW_MS };
    return { session, witness, simulation: new Simulation(world), total };
  }

  type Played = Awaited<ReturnType<typeof begin>>;

  async function playAll({ simulation, total }: Played, moves: readonly Move[]): Promise<void> {
    for (const move of moves) {
      await simulation.play(move);
      if (move.kind !== 'pause') total.steps += 1;
    }
    await simulation.settle();
  }

  /** What holds at the end of every sequence. */
  async function conclude({ session, witness, simulation, total }: Played): Promise<void> {
    const { row } = witness;
    const isLive = row.revoked_at === null && clock.now() + SKEW_MS < row.idle_expires_at;
    if (isLive) {
      const reading = await session.present(session.credential(row.generation, row.attempt));
      hold(reading.kind === 'live', 'I2: a live session has a credential that works', outcomeOf(reading));
    }
    await witness.conclude();
    total.sequences += 1;
    total.presentations += simulation.presentations;
    for (const what of ['rotations', 'repeats', 'branches', 'thefts'] as const) total[what] += witness[what];
  }

  async function playHonest(played: Played, moves: readonly Move[]): Promise<void> {
    await playAll(played, moves);
    // Whatever the browser may start with next, it is served.
    for (const credential of played.simulation.browser.holds(clock.now(), 0)) {
      const outcome = outcomeOf(await played.session.present(credential, { canRenew: false }));
      hold(/^(?:live|revoked|expired)/.test(outcome), 'I1: what the browser may start with is served', outcome);
    }
    await conclude(played);
  }

  async function playThief(played: Played, moves: readonly Move[]): Promise<void> {
    await playAll(played, moves);
    await conclude(played);
  }

  /** I5: once they part, there are at most two changes between victim and thief before the session ends. */
  async function playTheft(played: Played, { before, turns }: Theft): Promise<void> {
    const { simulation, witness, total } = played;
    await playAll(played, before);
    await simulation.play({ kind: 'steal' });
    let [lastBy, haveParted, switches]: [Turn['by'] | undefined, boolean, number] = [undefined, false, 0];
    for (const { by, afterMs, node, canRenew } of turns) {
      const made = witness.rotations + witness.branches;
      await simulation.play({ kind: 'pause', ms: afterMs });
      const trip = { node, canRenew, requestMs: [0], answerMs: 0 };
      await simulation.play(by === 'thief' ? { kind: 'thief', node, canRenew } : { kind: 'request', trips: [trip] });
      total.steps += 1;
      if (simulation.last[0]?.reading.kind !== 'live') break;
      if (haveParted && lastBy !== by) switches += 1;
      lastBy = by;
      haveParted ||= witness.rotations + witness.branches > made;
      hold(switches <= 2, 'I5: at most two changes between victim and thief', switches);
    }
    await conclude(played);
  }

  async function check<Sequence>(
    context: TestContext,
    carrier: CredentialCarrier,
    arbitrary: fc.Arbitrary<Sequence>,
    play: (played: Played, sequence: Sequence) => Promise<void>,
  ): Promise<ReturnType<typeof tally>> {
    const total = tally();
    const property = fc.asyncProperty(arbitrary, async (sequence) => play(await begin(carrier, total), sequence));
    const replay = process.env['LATCHKEY_REPLAY'];
    if (replay !== undefined) await fc.assert(property, JSON.parse(replay) as fc.Parameters<[Sequence]>);
    const enough = STEPS[database.dialect] / CARRIERS.length / KINDS;
    try {
      for (let seed = FIRST_SEED; total.steps < enough; seed += 1) {
        total.violations += 1;
        await fc.assert(property, {
          seed,
          numRuns: 10,
          plugins: [fc.interruptAfterTimeLimit(SHRINK_MS, { failOnInterrupt: true })],
        });
        total.violations -= 1;
      }
    } finally {
      const { steps, presentations, rotations, branches: lateRetries, thefts: theftsFound, violations } = total;
      const setting = `${engine}: three nodes in one process, in virtual time`;
      const counts = { steps, presentations, rotations, lateRetries, theftsFound, kills: undefined, violations };
      recordSoak(context, { setting, seed: FIRST_SEED, ...counts });
    }
    return total;
  }

  describe.each(CARRIERS)('%s', (carrier) => {
    const timeout = TEST_TIMEOUT_MS;
    // Where nothing happened, nothing was shown.
    test('honest actors are served, whatever the network does', { timeout }, async (context) => {
      const { rotations, repeats, branches, thefts } = await check(context, carrier, honestMoves, playHonest);
      expect(Math.min(rotations, repeats, branches)).toBeGreaterThan(0);
      expect(thefts).toBe(0);
    });

    test('a thief breaks nothing else', { timeout }, async (context) => {
      const { rotations, repeats, branches, thefts } = await check(context, carrier, movesWithThief, playThief);
      expect(Math.min(rotations, repeats, branches, thefts)).toBeGreaterThan(0);
    });

    test('a thief is found out', { timeout }, async (context) => {
      const { sequences, thefts } = await check(context, carrier, theftApart, playTheft);
      expect(thefts).toBeGreaterThan(sequences / 4);
    });
  });
});
