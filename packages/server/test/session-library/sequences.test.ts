/**
 * Random sequences of what browsers, networks and thieves do, as in test/rotation: second tabs, retries, lost answers,
 * crashes that bring an old cookie back. The rules are the same; this shows that the library does what they say.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { honestMoves, IDLE_MS, R, theftApart, W } from '../rotation/moves.ts';
import type { Move, Trip } from '../rotation/simulation.ts';
import { hold } from '../rotation/witness.ts';
import { Play, type Played } from './play-moves.ts';

const SECONDS = { overlapSeconds: W / 1000, rotateSeconds: R / 1000, idleSeconds: IDLE_MS / 1000 };
/** Uses are written down once a minute. */
const TOUCH_MS = 60_000;
const RUNS = { seed: 1, numRuns: 120 };

/** What holds whatever happens: generations one after the other, no sooner than W; and who gets a cookie gets that. */
function holdGrowth(play: Play): void {
  let before = { ...play.session, madeAt: play.session.rotatedAt };
  for (const { at, row, cookie } of play.seen) {
    if (row === undefined) continue;
    const { generation, attempt } = row;
    if (generation !== before.generation || attempt !== before.attempt) {
      const isNext = generation === before.generation + 1 && attempt === 0;
      const isRetry = generation === before.generation && attempt === before.attempt + 1;
      hold(isNext || isRetry, 'one after the other', { generation, attempt, before });
      hold(at - before.madeAt >= W, 'at most one per W', { at, madeAt: before.madeAt });
      before = { ...row, madeAt: at };
    }
    hold(cookie === undefined || cookie === play.trial.cookie(row), 'the current one is given', cookie);
    hold(row.expiresAt === play.session.expiresAt, 'the end is fixed', row.expiresAt);
  }
}

/** One use, whose answer arrives at once. */
function moveOf(by: Played['by'], { node, canRenew }: Pick<Trip, 'node' | 'canRenew'>): Move {
  if (by === 'thief') return { kind: 'thief', node, canRenew };
  return { kind: 'request', trips: [{ node, canRenew, requestMs: [0], answerMs: 0 }] };
}

test('honest actors stay signed in, whatever the network does', async () => {
  const total = { renewed: 0, rotations: 0, retries: 0 };
  const property = fc.asyncProperty(honestMoves, async (moves) => {
    const play = await Play.begin(SECONDS);
    let isSignedOut = false;
    let servedAt = play.session.createdAt;
    let judged = 0;
    const judge = () => {
      for (const { at, kind } of play.seen.slice(judged)) {
        const mayBeOver = isSignedOut || at >= servedAt + IDLE_MS - TOUCH_MS || at >= play.session.expiresAt;
        hold(mayBeOver || kind !== 'nobody', 'an honest holder is served', play.seen);
        hold(!isSignedOut || kind === 'nobody', 'nobody is served after a sign-out', play.seen);
        if (kind !== 'nobody') servedAt = at;
      }
      judged = play.seen.length;
    };
    for (const move of moves) {
      await play.play(move);
      judge();
      isSignedOut ||= move.kind === 'sign-out';
    }
    await play.settle();
    // Whatever the browser may start with next.
    for (const cookie of play.browser.holds(play.trial.clock.now, 0)) {
      await play.present('holder', cookie, { node: 0, canRenew: false });
    }
    judge();
    holdGrowth(play);
    hold(play.trial.thefts.length === 0, 'nothing looks like a theft', play.trial.thefts);
    const rows = play.seen.map(({ row }) => row).filter((row) => row !== undefined);
    total.renewed += play.seen.filter(({ kind }) => kind === 'renewed').length;
    total.rotations += rows.at(-1)?.generation ?? 0;
    total.retries += rows.filter((row, index) => row.attempt > (rows[index - 1]?.attempt ?? 0)).length;
  });
  await fc.assert(property, RUNS);
  // Where nothing happened, nothing was shown.
  expect(Math.min(total.rotations, total.retries)).toBeGreaterThan(RUNS.numRuns / 2);
  expect(total.renewed).toBeGreaterThan(total.rotations + total.retries);
});

test('a stolen cookie that both use is found, after two changes between them at most', async () => {
  let found = 0;
  const property = fc.asyncProperty(theftApart, async ({ before, turns }) => {
    const play = await Play.begin(SECONDS);
    for (const move of before) await play.play(move);
    await play.settle();
    await play.play({ kind: 'steal' });
    let [lastBy, haveParted, switches]: [Played['by'] | undefined, boolean, number] = [undefined, false, 0];
    for (const { by, afterMs, node, canRenew } of turns) {
      await play.play({ kind: 'pause', ms: afterMs });
      const earlier = await play.trial.store.find(play.session.id);
      await play.play(moveOf(by, { node, canRenew }));
      const { kind, row } = play.seen.at(-1)!;
      if (kind === 'nobody') break;
      if (haveParted && lastBy !== by) switches += 1;
      lastBy = by;
      haveParted ||= row!.generation !== earlier!.generation || row!.attempt !== earlier!.attempt;
      hold(switches <= 2, 'at most two changes between victim and thief', play.seen);
    }
    holdGrowth(play);
    if (play.trial.thefts.length === 0) return;
    found += 1;
    hold(play.trial.thefts.length === 1, 'a theft is told once', play.trial.thefts);
    for (const by of ['holder', 'thief'] as const) {
      await play.play(moveOf(by, { node: 0, canRenew: true }));
      hold(play.seen.at(-1)!.kind === 'nobody', 'and neither of them goes on', play.seen);
    }
  });
  await fc.assert(property, RUNS);
  expect(found).toBeGreaterThan(RUNS.numRuns / 4);
});
