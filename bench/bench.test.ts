import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { BUNDLED_PACKAGES, describeBundleSizes, LATCHKEY as BUNDLED, measureBundleSizes } from './bundle-size.ts';
import { bundleSubjects } from './harness/bundled-subjects.ts';
import { replaceSection } from './harness/replace-section.ts';
import { writeReport } from './harness/report.ts';
import { describeRevocation, measureRevocation, type RevocationPlan } from './revocation.ts';
import { describeRotation, LATCHKEY as ROTATING, measureRotation, ROTATION_ON_SQLITE } from './rotation.ts';
import { BARE, describeSessionCheck, LATCHKEY, measureSessionCheck } from './session-check.ts';
import { describeTokenEndpoint, LATCHKEY as SERVING, measureTokenEndpoint } from './token-endpoint.ts';
import {
  describeTokenVerification,
  FAST_JWT_CACHE,
  measureTokenVerification,
  RAW,
  type TokenVerificationPlan,
} from './token-verification.ts';

// That every subject still starts, proves itself and is measured. Never how fast: a shared machine has no figures.

const positive: unknown = expect.toSatisfy(
  (value: unknown) => typeof value === 'number' && value > 0 && value < Infinity,
);
const spread = { median: positive, min: positive, max: positive };
const silent = () => {};
/** A few seconds on a free machine. */
const TIMEOUT_MS = 60_000;

// Some forty processes that load much the same: what Node makes of it, it keeps for the next one.
beforeAll(async () => {
  vi.stubEnv('NODE_COMPILE_CACHE', join(tmpdir(), 'compile-cache-of-benches'));
  vi.stubEnv('NODE_OPTIONS', await bundleSubjects());
});
afterAll(() => void vi.unstubAllEnvs());

test('measures the session check of every product', { timeout: TIMEOUT_MS }, async () => {
  const plan = { rounds: 1, connections: 1, warmUpMs: 1, rampMs: 1, windowMs: 20, loopMs: 1 };
  const result = await measureSessionCheck(plan, silent);

  expect(result.served.map(({ name }) => name)).toEqual([BARE, LATCHKEY, 'Better Auth', 'Better Auth, cookie cache']);
  for (const row of result.served) {
    expect(row).toMatchObject({ cookieBytes: positive, requestsPerSecond: spread, ratioToBare: spread, p99Ms: spread });
  }
  expect([...result.checkUs.values()]).toEqual([spread, spread, spread, spread]);

  const { goals, tables } = describeSessionCheck(result, plan);
  expect(goals).toHaveLength(2);
  expect(tables.map(({ rows }) => rows.length)).toEqual([4, 4]);
});

test('measures the verification of tokens with every library', { timeout: TIMEOUT_MS }, async () => {
  const plan: TokenVerificationPlan = [{ algorithm: 'ES256', rounds: 1, tokensPerRound: 5, againMs: 1 }];
  const results = await measureTokenVerification(plan, silent);

  const [es256] = results;
  const baselines = new Set([RAW, FAST_JWT_CACHE]);
  for (const rows of [es256?.again ?? [], es256?.once ?? []]) {
    for (const row of rows) expect(row).toMatchObject({ us: spread, speedRatio: spread });
    const own = rows.filter(({ speedRatio }) => speedRatio.min === 1 && speedRatio.max === 1);
    expect(own.filter(({ name }) => baselines.has(name))).toHaveLength(1);
  }
  expect([es256?.again.length, es256?.once.length]).toEqual([7, 9]);

  const section = describeTokenVerification(results, plan);
  const surroundings = { date: '2026-01-01', node: '24.0.0', cpu: 'any', loadAverage: 0, versions: [] };
  const report = writeReport([section], surroundings, 'least');
  expect(report.match(/^\| {2}\| µs a token \|/gm)).toHaveLength(2);
  expect(report).not.toContain('| ? |');
});

test(
  'measures a rotation beside bare commits, and the refresh grant of every product',
  { timeout: TIMEOUT_MS },
  async () => {
    // Of one round on a busy machine, what is done in the background may be as much as the commits.
    const plan = { rounds: 3, warmUpMs: 1, rampMs: 1, windowMs: 20, connections: 1 };
    const result = await measureRotation(plan, silent);

    expect(result.committed.map(({ name, statements }) => [name, statements])).toEqual([
      ['SQLite, bare commit', 0],
      [ROTATION_ON_SQLITE, 0],
      ['PostgreSQL, bare commit', 3],
      ['PostgreSQL, bare commit, 10 at once', 3],
      ['PostgreSQL, rotation', expect.closeTo(4, 0)],
      ['PostgreSQL, rotation, 10 at once', expect.closeTo(4, 0)],
    ]);
    for (const row of result.committed) expect(row).toMatchObject({ perSecond: spread, ratioToBare: spread });
    expect(result.served.map(({ name }) => name)).toContain(ROTATING);
    expect(result.served).toHaveLength(4);
    for (const row of result.served) expect(row).toMatchObject({ perSecond: spread, ratioToLatchkey: spread });

    const { goals, tables } = describeRotation(result, plan);
    expect(goals).toHaveLength(1);
    expect(tables.map(({ rows }) => rows.length)).toEqual([6, 4]);
  },
);

test('measures the token endpoint of every product', { timeout: TIMEOUT_MS }, async () => {
  const plan = { rounds: 1, warmUpMs: 1, rampMs: 1, windowMs: 20, connections: 1 };
  const measured = await measureTokenEndpoint(plan, silent);

  expect(measured.map(({ grant }) => grant)).toHaveLength(3);
  for (const { rows, ratioToDurable } of measured) {
    expect(rows.map(({ name }) => name)).toEqual([SERVING, 'oidc-provider, SQLite', 'oidc-provider, in memory']);
    for (const row of rows) expect(row).toMatchObject({ perSecond: spread, ratioToLatchkey: spread, p99Ms: spread });
    expect(ratioToDurable).toEqual(spread);
  }
  const { goals, tables } = describeTokenEndpoint(measured, plan);
  expect(goals).toHaveLength(3);
  expect(tables.map(({ rows }) => rows.length)).toEqual([3, 3, 3]);
});

test('measures how revocations spread, and what they cost', { timeout: TIMEOUT_MS }, async () => {
  const plan: RevocationPlan = {
    propagation: { revocations: 1, processes: 1, verifiersOfProcess: 2 },
    memory: { warmUps: 0, rounds: 1, steps: [{ kind: 'session', events: 2000 }] },
    feedReaders: {
      rounds: 1,
      readers: 4,
      eventsPerSecond: 20,
      connections: 1,
      warmUpMs: 1,
      rampMs: 1,
      windowMs: 200,
    },
  };
  const result = await measureRevocation(plan, silent);

  expect(result.propagation.map(({ name }) => name)).toEqual(['SQLite', 'PostgreSQL, committed by another node']);
  for (const row of result.propagation) {
    expect(row).toMatchObject({ medianMs: positive, p99Ms: positive, maxMs: positive, lastMs: spread });
  }
  expect(result.memory).toEqual([{ kind: 'session', events: 2000, bytesPerEvent: spread }]);
  expect(result.feedReaders).toHaveLength(3);
  for (const row of result.feedReaders) {
    expect(row).toMatchObject({ requestsPerSecond: spread, ratioToIdle: spread, cpuUs: spread, nodeShare: spread });
  }

  const { goals, tables } = describeRevocation(result, plan);
  expect(goals).toHaveLength(4);
  expect(tables.map(({ rows }) => rows.length)).toEqual([2, 1, 3]);
});

test('weighs the browser client of every product: ours is the lightest', { timeout: TIMEOUT_MS }, async () => {
  const sizes = await measureBundleSizes(silent);

  expect(sizes).toHaveLength(BUNDLED_PACKAGES.length);
  const byWeight = sizes.toSorted((one, other) => one.gzippedBytes - other.gzippedBytes);
  expect(byWeight[0]).toMatchObject({ name: BUNDLED, minifiedBytes: positive });
  // Less than that would be a package whose code was left out.
  for (const { gzippedBytes } of sizes) expect(gzippedBytes).toBeGreaterThan(2000);

  const section = describeBundleSizes(sizes);
  expect(section.goals.map(({ isMet }) => isMet)).toEqual([true]);
  expect(section.tables.map(({ rows }) => rows.length)).toEqual([6]);
});

test('a section of the report is replaced, or comes last, and the others stay', () => {
  const surroundings = { date: '2026-01-01', node: '24.0.0', cpu: 'any', loadAverage: 0, versions: [] };
  const sectionOf = (title: string, reached: string) => ({
    title,
    goals: [{ aim: `aim of ${title}`, reached, isMet: true }],
    tables: [{ caption: 'A table', columns: ['', 'figure'], rows: [['row', reached]] }],
    method: ['how'],
    notSaid: ['what not'],
  });
  const [one, two, twoAnew, three] = [
    sectionOf('One', '1'),
    sectionOf('Two', '2'),
    sectionOf('Two', '22'),
    sectionOf('Three', '3'),
  ];
  const report = (...sections: Parameters<typeof writeReport>[0]) => writeReport(sections, surroundings, 'least');
  expect(replaceSection(report(one, two, three), twoAnew)).toBe(report(one, twoAnew, three));
  expect(replaceSection(report(one, two), three)).toBe(report(one, two, three));
});
