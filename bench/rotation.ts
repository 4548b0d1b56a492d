import { startPostgres } from '../packages/server/test/support/postgres.ts';
import { loadRefresh, refresh, type RefreshTarget } from './harness/refresh-load.ts';
import { figure, ratioText, type Section } from './harness/report.ts';
import { interleave, samplesOf, type Contender, type Samples } from './harness/rounds.ts';
import { ratioSpread, spreadOf, type Spread } from './harness/spread.ts';
import { startSubject, type Subject } from './harness/start-subject.ts';
import { temporaryDirectory } from './harness/temporary-directory.ts';
import type { TokenLoadResult } from './harness/token-load.ts';
import { proveRotation } from './rotation-subjects/prove-rotation.ts';
import type { CommitOperations, CommitSample } from './rotation-subjects/serve-commit-subject.ts';
import type { RefreshOperations } from './rotation-subjects/serve-refresh-subject.ts';

export interface RotationPlan {
  readonly rounds: number;
  /** Before the first round, for each: code that ran a few hundred times only is many times as slow. */
  readonly warmUpMs: number;
  /** Of each round: refreshes that are not counted, and those that are. */
  readonly rampMs: number;
  readonly windowMs: number;
  /** Clients that refresh at once, over HTTP. */
  readonly connections: number;
}

export interface CommitRow {
  readonly name: string;
  readonly perSecond: Spread;
  /** As a part of the bare commits on the same engine in the same round. */
  readonly ratioToBare: Spread;
  /** Round trips of each, with a few of the work in the background; 0 on SQLite, which has none. */
  readonly statements: number;
}

export interface RefreshRow {
  readonly name: string;
  readonly perSecond: Spread;
  /** How many times as many refreshes as Latchkey in the same round. */
  readonly ratioToLatchkey: Spread;
  readonly p99Ms: Spread;
  readonly cpuUs: Spread;
  readonly busyShare: Spread;
}

export interface RotationResult {
  readonly committed: readonly CommitRow[];
  readonly served: readonly RefreshRow[];
}

/** Connections of a pool: its own default, and Latchkey's. */
const LANES = 10;

interface CommitPeer {
  readonly name: string;
  readonly engine: 'sqlite' | 'postgres';
  readonly path: string;
  readonly bare: string;
}

const BARE_SQLITE = 'SQLite, bare commit';
const BARE_POSTGRES = 'PostgreSQL, bare commit';
export const ROTATION_ON_SQLITE = 'SQLite, rotation';

const COMMIT_PEERS: readonly CommitPeer[] = [
  { name: BARE_SQLITE, engine: 'sqlite', path: 'bare-sqlite.ts', bare: BARE_SQLITE },
  { name: ROTATION_ON_SQLITE, engine: 'sqlite', path: 'latchkey.ts', bare: BARE_SQLITE },
  { name: BARE_POSTGRES, engine: 'postgres', path: 'bare-postgres.ts', bare: BARE_POSTGRES },
  { name: 'PostgreSQL, rotation', engine: 'postgres', path: 'latchkey.ts', bare: BARE_POSTGRES },
];

export const LATCHKEY = 'Latchkey';

const REFRESH_PEERS = {
  [LATCHKEY]: 'served-latchkey.ts',
  'Latchkey, with an access token': 'served-latchkey-access-token.ts',
  'oidc-provider, in memory': 'served-oidc-provider.ts',
  'Better Auth': 'served-better-auth.ts',
};

const GOAL_RATIO = 0.5;

/** What rotating a credential costs: beside the least durable commit, and beside the refresh grants of others. */
export async function measureRotation(plan: RotationPlan, onProgress: (done: string) => void): Promise<RotationResult> {
  return { committed: await measureCommits(plan, onProgress), served: await measureRefreshes(plan, onProgress) };
}

async function measureCommits(plan: RotationPlan, onProgress: (done: string) => void): Promise<CommitRow[]> {
  onProgress('rotation: starting PostgreSQL');
  await using postgres = await startPostgres({ durable: true });
  await using subjects = new AsyncDisposableStack();
  const directory = temporaryDirectory();
  const contenders: Contender<CommitSample>[] = [];
  const bareOf = new Map<string, string>();
  for (const [index, { name, engine, path, bare }] of COMMIT_PEERS.entries()) {
    const subject = subjects.use(startSubject<CommitOperations>(subjectUrl(path)));
    await subject.ask(
      'open',
      engine === 'sqlite' ? `sqlite:${directory}/${index}.db` : await postgres.createDatabase(),
    );
    const lanesOf = engine === 'sqlite' ? { '': 1 } : { '': 1, [`, ${LANES} at once`]: LANES };
    for (const [suffix, lanes] of Object.entries(lanesOf)) {
      await subject.ask('run', plan.warmUpMs, lanes);
      contenders.push({ name: name + suffix, measure: () => subject.ask('run', plan.windowMs, lanes) });
      bareOf.set(name + suffix, bare + suffix);
    }
  }
  const samples = await interleave(contenders, plan.rounds, (round) =>
    onProgress(`rotation, beside bare commits: round ${round} of ${plan.rounds}`),
  );
  return [...bareOf].map(([name, bare]) => commitRow(name, samplesOf(samples, name), samplesOf(samples, bare)));
}

function commitRow(name: string, own: readonly CommitSample[], bare: readonly CommitSample[]): CommitRow {
  const rates = own.map(({ commitsPerSecond }) => commitsPerSecond);
  const bareRates = bare.map(({ commitsPerSecond }) => commitsPerSecond);
  return {
    name,
    perSecond: spreadOf(rates),
    ratioToBare: ratioSpread(rates, bareRates),
    statements: spreadOf(own.map(({ statementsPerCommit }) => statementsPerCommit)).median,
  };
}

interface Server {
  readonly name: string;
  readonly subject: Subject<RefreshOperations>;
  readonly target: RefreshTarget;
}

interface RefreshSample extends TokenLoadResult {
  readonly cpuUsPerRequest: number;
  readonly busyShare: number;
}

async function measureRefreshes(plan: RotationPlan, onProgress: (done: string) => void): Promise<RefreshRow[]> {
  onProgress('rotation: starting the servers');
  await using subjects = new AsyncDisposableStack();
  const servers = await Promise.all(
    Object.entries(REFRESH_PEERS).map(async ([name, path]): Promise<Server> => {
      const subject = subjects.use(startSubject<RefreshOperations>(subjectUrl(path)));
      return { name, subject, target: await subject.ask('open') };
    }),
  );
  for (const server of servers) {
    await proveRefresh(server);
    await serve(server, { ...plan, windowMs: plan.warmUpMs });
  }
  const contenders = servers.map((server) => ({ name: server.name, measure: () => serve(server, plan) }));
  const samples = await interleave(contenders, plan.rounds, (round) =>
    onProgress(`rotation, served: round ${round} of ${plan.rounds}`),
  );
  return servers.map(({ name }) => refreshRow(name, samples));
}

async function proveRefresh({ name, subject, target }: Server): Promise<void> {
  const [token = ''] = await subject.ask('begin', 1);
  await proveRotation(name, token, async (presented) => {
    const { status, refreshToken } = await refresh(target, presented);
    return status === 200 ? refreshToken : undefined;
  });
}

async function serve({ subject, target }: Server, plan: RotationPlan): Promise<RefreshSample> {
  const tokens = await subject.ask('begin', plan.connections);
  await subject.ask('usage');
  const load = await loadRefresh(target, { tokens, rampMs: plan.rampMs, windowMs: plan.windowMs });
  const { busyShare, cpuUs } = await subject.ask('usage');
  return { ...load, busyShare, cpuUsPerRequest: cpuUs / load.requests };
}

function refreshRow(name: string, samples: Samples<RefreshSample>): RefreshRow {
  const own = samplesOf(samples, name);
  const rates = own.map(({ requestsPerSecond }) => requestsPerSecond);
  const ours = samplesOf(samples, LATCHKEY).map(({ requestsPerSecond }) => requestsPerSecond);
  return {
    name,
    perSecond: spreadOf(rates),
    ratioToLatchkey: ratioSpread(rates, ours),
    p99Ms: spreadOf(own.map(({ p99Ms }) => p99Ms)),
    cpuUs: spreadOf(own.map(({ cpuUsPerRequest }) => cpuUsPerRequest)),
    busyShare: spreadOf(own.map(({ busyShare }) => busyShare)),
  };
}

function subjectUrl(path: string): URL {
  return new URL(`./rotation-subjects/${path}`, import.meta.url);
}

/** The result in words and tables. */
export function describeRotation({ committed, served }: RotationResult, plan: RotationPlan): Section {
  const rotation = committed.find(({ name }) => name === ROTATION_ON_SQLITE);
  if (rotation === undefined) throw new Error('Rotations on SQLite were not measured');
  return {
    title: 'Rotation of a credential',
    goals: [
      {
        aim: `rotations on SQLite: at least ${GOAL_RATIO.toFixed(2)} of the engine's bare durable commits`,
        reached: ratioText(rotation.ratioToBare),
        isMet: rotation.ratioToBare.median >= GOAL_RATIO,
      },
    ],
    tables: [
      {
        caption:
          'The operation, without HTTP, beside the least durable commit. Median of the rounds, in brackets the least ' +
          'and the greatest.',
        columns: ['', 'a second', 'of bare', 'round trips'],
        rows: committed.map(({ name, perSecond, ratioToBare, statements }) => [
          name,
          figure(perSecond.median),
          ratioText(ratioToBare),
          statements === 0 ? 'none' : String(Math.round(statements)),
        ]),
      },
      {
        caption: 'Refresh grants, served over HTTP.',
        columns: ['', 'refreshes/s', 'times Latchkey', 'p99, ms', 'CPU, µs a refresh', 'busy'],
        rows: served.map(({ name, perSecond, ratioToLatchkey, p99Ms, cpuUs, busyShare }) => [
          name,
          figure(perSecond.median),
          ratioText(ratioToLatchkey),
          figure(p99Ms.median),
          figure(cpuUs.median),
          `${Math.round(busyShare.median * 100)} %`,
        ]),
      },
    ],
    method: methodOf(plan),
    notSaid: NOT_SAID,
  };
}

function methodOf({ rounds, windowMs, rampMs, connections }: RotationPlan): string[] {
  return [
    `Each in a process of its own with \`NODE_ENV=production\`; ${rounds} rounds, in each every one in turn for ` +
      `${windowMs} ms, served ones after ${rampMs} ms that do not count. Ratios are taken within a round.`,
    'Bare commit: `begin`, an `update` that adds one to a number in a table of one row for each caller, `commit`. On SQLite ' +
      "through `node:sqlite`, prepared, with the settings of Latchkey's own connection (WAL, `synchronous = full`, " +
      '`secure_delete`), on the same disk. On PostgreSQL through `pg`, the driver that Latchkey uses, with a pool of ' +
      `${LANES} connections; the server on this machine, with \`fsync\` and \`synchronous_commit\` on.`,
    `Rotation: the operation that the session check calls too, for refresh tokens, in strict mode (W = 0), where every use ` +
      'rotates. One transaction: begin, a locked read, an update, commit; the session is in memory from its rotation ' +
      'before, else it would be read once more. One after the other, or as many at once as there are connections, each of a session of its own.',
    `Served: ${connections} clients, each of which presents the refresh token of its answer before. Before the rounds each ` +
      'server must show that it rotates: every use gives another token, one that was used before is refused, and ' +
      'its successors are refused then too.',
    'Latchkey: the operation behind a handler of `node:http` that reads the form and answers with JSON, not the ' +
      'token endpoint, which looks the client up besides; SQLite file, every rotation a durable commit. "With an access token": and a JWT is signed ' +
      '(ES256, RFC 9068), after the session was read once more.',
    'oidc-provider: its refresh grant with its memory adapter, which is for development and keeps nothing; public client, ' +
      '`rotateRefreshToken: true`, an opaque access token and no ID token. New grants for every round, for that adapter ' +
      'gets slower with each token of a grant.',
    'Better Auth: the refresh grant of `@better-auth/oauth-provider`, SQLite file through `node:sqlite`, WAL; public ' +
      'client, an opaque access token (`disableJwtPlugin: true`) and no ID token; rate limit, telemetry and log off.',
  ];
}

const NOT_SAID = [
  'A commit takes as long as the disk takes to have it: ratios of another disk are others. On a slower one all that ' +
    'commit come nearer to each other, and oidc-provider, which writes nothing, goes ahead.',
  'The products do not do the same. Better Auth and oidc-provider store an access token with each refresh; Latchkey stores ' +
    'none. Better Auth 1.7.5 marks the old refresh token as used, stores the new one and stores the access token by three ' +
    'statements without a transaction around them, so that a crash after the first leaves a client with a used token; ' +
    'Latchkey rotates in one transaction. It writes no audit event for a rotation.',
  'Strict mode shows the price of a rotation, not how often it is paid: a cookie rotates once in ten minutes.',
  'Nothing of TLS, proxies, a PostgreSQL server on another machine, or several processes.',
];
