import { loadServer, type LoadResult } from './harness/http-load.ts';
import { figure, ratioText, type Section } from './harness/report.ts';
import { interleave, samplesOf, type Contender, type Samples } from './harness/rounds.ts';
import { ratioSpread, spreadOf, type Spread } from './harness/spread.ts';
import { startSubject, type Subject } from './harness/start-subject.ts';
import type { SessionOperations } from './session-subjects/serve-session-subject.ts';

export interface SessionCheckPlan {
  readonly rounds: number;
  readonly connections: number;
  /** Before the first round, for each server. */
  readonly warmUpMs: number;
  /** Of each round: load that is not counted, and load that is. */
  readonly rampMs: number;
  readonly windowMs: number;
  /** Of each round: checks in a loop, without HTTP. */
  readonly loopMs: number;
}

export interface SessionCheckRow {
  readonly name: string;
  /** Of all cookies that the browser sends back, names included. */
  readonly cookieBytes: number;
  readonly requestsPerSecond: Spread;
  /** Requests a second, as a part of those of the bare handler in the same round. */
  readonly ratioToBare: Spread;
  readonly p99Ms: Spread;
  readonly p99RatioToBare: Spread;
  /** Time on a processor that the server spent for each request, in microseconds. */
  readonly cpuUs: Spread;
  /** Share of its time that the server was busy, 0 to 1. */
  readonly busyShare: Spread;
}

export interface SessionCheckResult {
  readonly served: readonly SessionCheckRow[];
  /** Microseconds a check without HTTP, by name. */
  readonly checkUs: ReadonlyMap<string, Spread>;
}

export const BARE = 'bare handler';
export const LATCHKEY = 'Latchkey';
const FIRST_CHECK = 'Latchkey, first check of a session';

const SUBJECTS = {
  [BARE]: './session-subjects/bare.ts',
  [LATCHKEY]: './session-subjects/latchkey.ts',
  'Better Auth': './session-subjects/better-auth.ts',
  'Better Auth, cookie cache': './session-subjects/better-auth-cookie-cache.ts',
};

const GOAL_RATIO = 0.9;
const GOAL_COOKIE_BYTES = 160;

interface Server {
  readonly name: string;
  readonly subject: Subject<SessionOperations>;
  readonly port: number;
  readonly cookie: string;
}

interface ServedSample extends LoadResult {
  readonly cpuUsPerRequest: number;
  readonly busyShare: number;
}

/** What asking who is signed in costs a `node:http` handler, for each product. */
export async function measureSessionCheck(
  plan: SessionCheckPlan,
  onProgress: (done: string) => void,
): Promise<SessionCheckResult> {
  await using subjects = new AsyncDisposableStack();
  onProgress('session check: starting the servers, signing in');
  const servers = await Promise.all(
    Object.entries(SUBJECTS).map(async ([name, path]): Promise<Server> => {
      const subject = subjects.use(startSubject<SessionOperations>(new URL(path, import.meta.url)));
      return { name, subject, ...(await subject.ask('open')) };
    }),
  );
  for (const server of servers) {
    await proveCheck(server);
    await loadServer({ ...plan, ...server, windowMs: plan.warmUpMs });
  }

  const contenders = servers.map((server) => ({ name: server.name, measure: () => serve(server, plan) }));
  const samples = await interleave(contenders, plan.rounds, (round) =>
    onProgress(`session check, served: round ${round} of ${plan.rounds}`),
  );
  const checks = await interleave(checkContenders(servers, plan), plan.rounds, (round) =>
    onProgress(`session check, in a loop: round ${round} of ${plan.rounds}`),
  );
  return {
    served: servers.map((server) => rowOf(server, samples)),
    checkUs: new Map([...checks].map(([name, values]) => [name, spreadOf(values)])),
  };
}

/** A check that lets everybody in, or nobody, would be fast. */
async function proveCheck({ name, port, cookie }: Server): Promise<void> {
  const url = `http://127.0.0.1:${port}/me`;
  const signedIn = await fetch(url, { headers: { cookie } });
  const stranger = await fetch(url, { headers: { cookie: cookie.replaceAll(/=./g, '=!') } });
  const expected = name === BARE ? 200 : 401;
  if (signedIn.status !== 200 || stranger.status !== expected) {
    throw new Error(`${name}: ${signedIn.status} when signed in, ${stranger.status} when not`);
  }
}

async function serve({ subject, port, cookie }: Server, plan: SessionCheckPlan): Promise<ServedSample> {
  await subject.ask('usage');
  const load = await loadServer({ ...plan, port, cookie });
  const { busyShare, cpuUs } = await subject.ask('usage');
  return { ...load, busyShare, cpuUsPerRequest: cpuUs / load.requests };
}

function checkContenders(servers: readonly Server[], plan: SessionCheckPlan): Contender<number>[] {
  const checking = servers.filter(({ name }) => name !== BARE);
  return checking.flatMap(({ name, subject }) => [
    { name, measure: () => subject.ask('check', plan.loopMs) },
    ...(name === LATCHKEY ? [{ name: FIRST_CHECK, measure: () => subject.ask('checkFirst') }] : []),
  ]);
}

function rowOf({ name, cookie }: Server, samples: Samples<ServedSample>): SessionCheckRow {
  const own = samplesOf(samples, name);
  const bare = samplesOf(samples, BARE);
  const rates = own.map((sample) => sample.requestsPerSecond);
  const p99s = own.map((sample) => sample.p99Ms);
  return {
    name,
    cookieBytes: Buffer.byteLength(cookie),
    requestsPerSecond: spreadOf(rates),
    ratioToBare: ratioSpread(
      rates,
      bare.map((sample) => sample.requestsPerSecond),
    ),
    p99Ms: spreadOf(p99s),
    p99RatioToBare: ratioSpread(
      p99s,
      bare.map((sample) => sample.p99Ms),
    ),
    cpuUs: spreadOf(own.map((sample) => sample.cpuUsPerRequest)),
    busyShare: spreadOf(own.map((sample) => sample.busyShare)),
  };
}

/** The result in words and tables. */
export function describeSessionCheck(result: SessionCheckResult, plan: SessionCheckPlan): Section {
  const latchkey = result.served.find(({ name }) => name === LATCHKEY);
  if (latchkey === undefined) throw new Error('Latchkey was not measured');
  return {
    title: 'Session check in a `node:http` handler',
    goals: [
      {
        aim: `with Latchkey's session check at least ${GOAL_RATIO.toFixed(2)} of the bare handler's requests a second`,
        reached: ratioText(latchkey.ratioToBare),
        isMet: latchkey.ratioToBare.median >= GOAL_RATIO,
      },
      {
        aim: `session cookie of at most ${GOAL_COOKIE_BYTES} bytes, with its name`,
        reached: String(latchkey.cookieBytes),
        isMet: latchkey.cookieBytes <= GOAL_COOKIE_BYTES,
      },
    ],
    tables: [
      {
        caption: 'Served over HTTP. Median of the rounds, in brackets the least and the greatest.',
        columns: [
          '',
          'requests/s',
          'of bare',
          'p99, ms',
          'p99, times bare',
          'CPU, µs a request',
          'busy',
          'cookie, bytes',
        ],
        rows: result.served.map((row) => [
          row.name,
          figure(row.requestsPerSecond.median),
          ratioText(row.ratioToBare),
          figure(row.p99Ms.median),
          ratioText(row.p99RatioToBare),
          figure(row.cpuUs.median),
          `${Math.round(row.busyShare.median * 100)} %`,
          row.name === BARE ? 'none' : String(row.cookieBytes),
        ]),
      },
      {
        caption: 'The check alone, one after the other in a loop.',
        columns: ['', 'µs a check'],
        rows: [...result.checkUs].map(([name, us]) => [name, ratioText(us)]),
      },
    ],
    method: methodOf(plan),
    notSaid: NOT_SAID,
  };
}

function methodOf(plan: SessionCheckPlan): string[] {
  return [
    'Each server is a process of its own with `NODE_ENV=production`: `node:http`, one GET route, the same small JSON ' +
      'answer. The load comes from another process. "Busy" is the share of its time that the server\'s event loop had ' +
      'work: near 100 % it is the server that is measured, and not the load. "CPU" counts all threads of the server.',
    `${plan.rounds} rounds; in each, every server in turn is loaded over ${plan.connections} keep-alive connections for ` +
      `${plan.rampMs} ms that do not count and ${plan.windowMs} ms that do. Ratios are taken within a round.`,
    "Accounts are made, and cookies got, by each product's own sign-up and sign-in, as for an https site. Before the " +
      'rounds each server must answer 200 with the cookie and 401 with a damaged one.',
    'Latchkey: embedded, `await nodeSession(latchkey, request, response)`, production mode, SQLite file, log silent, ' +
      'everything else as it comes.',
    'Better Auth: `auth.api.getSession({ headers: fromNodeHeaders(request.headers) })`, SQLite file through `node:sqlite`, ' +
      'WAL, joins on (one query instead of two), rate limit, telemetry and log off; with cookie cache: ' +
      '`cookieCache: { enabled: true, maxAge: 300 }`, as in its performance guide.',
    'The loop awaits one check after the other. "First check": of sessions that the process has not seen yet, so that ' +
      'each is read from the database.',
  ];
}

const NOT_SAID = [
  'Every request comes with the same cookie. Latchkey remembers what it has read for five seconds, so each session in ' +
    'use costs a process one read of the database in five seconds, however many requests it sends; where sessions send ' +
    'few, the price of a "first check" is paid more often.',
  'No cookie is as old as to be rotated, which takes a transaction in ten minutes.',
  'p99 is that of a server under full load, where requests queue; at usual load it is lower everywhere.',
  "Time in the loop is elapsed time. Better Auth's signatures are checked on other threads, so a part of its time is " +
    'waiting, in which a server answers other requests.',
  'The products do not promise the same. With its cookie cache Better Auth accepts an ended session until the cache is ' +
    'too old (5 minutes here); Latchkey sees the end at once in the process where it happened, and in others on ' +
    'the same database as soon as they read its log, twice a second.',
  'Nothing of TLS, proxies, PostgreSQL or several processes.',
];
