/**
 * Browsers in parallel over several server processes on one PostgreSQL, by real clocks and real sockets: answers are
 * lost, servers are killed, users sign out. Seen from outside, and afterwards in the database, the invariants hold.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ROUTES } from '@latchkey/protocol';
import { expect, test } from 'vitest';
import { parseCredential } from '../../src/domain/sessions/credential.ts';
import type { OperationContext } from '../../src/operations/context.ts';
import { listRevocations } from '../../src/storage/revocations.ts';
import { startPostgres } from '../support/postgres.ts';
import { isSoak, recordSoak, type SoakRow } from '../support/soak.ts';
import { startCluster, type ServerProcess } from './cluster.ts';
import { engineOf, openNodeInRealTime } from './nodes.ts';
import { beginSession, type SessionOnTrial } from './session-on-trial.ts';
import { closeSockets, send, useSession, type Jar, type TabReport } from './tab.ts';

const DURATION_MS = isSoak ? 3 * 60_000 : 8000;
const SERVERS = 3;
const BROWSERS = 36;
/** So many have a second tab; so many sign out on the way. */
const TWO_TABS = 12;
const LEAVERS = 6;
const W = 3000;
const R = 4000;
/** A browser whose answer is longer under way than this has given up: less than W by far. */
const PATIENCE_MS = 1000;
/** How soon a sign-out is known to all servers. */
const KNOWN_MS = 2000;
const KILL_EVERY_MS = isSoak ? 8000 : 3000;
const SETTINGS = {
  LATCHKEY_SESSION_OVERLAP_SECONDS: String(W / 1000),
  LATCHKEY_SESSION_ROTATE_SECONDS: String(R / 1000),
};

interface Browser {
  readonly session: SessionOnTrial;
  readonly jar: Jar;
  readonly leavesAt: number | undefined;
}

/** The states of a row, one after the other, as far as they differ in its credential. */
type History = { readonly generation: number; readonly attempt: number; readonly rotatedAt: number }[];

test(
  'many browsers, three processes, one database: nobody honest is signed out',
  { timeout: DURATION_MS + 60_000 },
  async (context) => {
    await using postgres = await startPostgres({ durable: true });
    const databaseUrl = await postgres.createDatabase();
    await using node = await openNodeInRealTime(databaseUrl);
    const { operations } = node;
    const servers = await startCluster(SERVERS, databaseUrl, SETTINGS);
    try {
      const startedAt = Date.now();
      const isOver = () => Date.now() >= startedAt + DURATION_MS;
      const browsers = await openBrowsers(startedAt);
      const work = { servers, browsers, isOver };
      const watch = watchRows(operations, browsers);
      const [reports, leavers, kills] = await Promise.all([
        Promise.all(browsers.flatMap((browser, index) => openTabs(work, browser, index))),
        Promise.all(browsers.map((browser) => leave(work, browser))),
        killNowAndThen(work),
      ]).finally(() => watch.stop());
      const histories = await watch.histories;
      const row = rowOf(await engineOf(operations), reports, histories, kills);
      recordSoak(context, { ...row, violations: 1 });
      await expectNobodySignedOut(reports, browsers);
      expect(leavers.flatMap(({ others }) => others)).toEqual([]);
      for (const [index, { session, jar }] of browsers.entries()) expectRules(jar, session, histories[index]!);
      for (const browser of browsers) await expectEnd(servers, browser);
      await expectLog(operations, browsers);
      // Else nothing was put to the test.
      expect(kills).toBeGreaterThan(0);
      expect(leavers.some(({ refusals }) => refusals > 0)).toBe(true);
      expect(reports.some(({ answers }) => (answers['lost'] ?? 0) > 0)).toBe(true);
      const stayed = histories.filter((_history, index) => browsers[index]!.leavesAt === undefined);
      // On a machine with much else to do, the one or the other may not have come to its turn.
      const moved = stayed.filter((history) => history.length > 1);
      expect(moved.length).toBeGreaterThan(stayed.length / 2);
      recordSoak(context, row);
    } finally {
      closeSockets();
      await Promise.all(servers.map((server) => server.close()));
    }

    /** Their credentials are of different ages, so that some rotation is always due. */
    async function openBrowsers(startedAt: number): Promise<Browser[]> {
      return Promise.all(
        Array.from({ length: BROWSERS }, async (_, index) => {
          const rotatedAt = startedAt - Math.round((R * index) / BROWSERS);
          const session = await beginSession(node, { rotatedAt });
          const credential = session.credential(0);
          const jar: Jar = {
            name: `browser ${index}`,
            credential,
            received: [credential],
            isLeaving: false,
            signedOutAt: undefined,
          };
          const leavesAt = index < LEAVERS ? startedAt + (DURATION_MS * (index + 1)) / (2 * LEAVERS) : undefined;
          return { session, jar, leavesAt };
        }),
      );
    }
  },
);

interface Work {
  readonly servers: readonly ServerProcess[];
  readonly browsers: readonly Browser[];
  readonly isOver: () => boolean;
}

function openTabs({ servers, isOver }: Work, { jar }: Browser, index: number): Promise<TabReport>[] {
  const ports = servers.map(({ port }) => port);
  // Some are busy, and some come back after the overlap.
  const pauseMs = [100, 200, 400, 1600][index % 4]!;
  const options = { ports, random: Math.random, patienceMs: PATIENCE_MS, loss: 0.25, pauseMs, isOver };
  // The last ones, so that those who leave have one tab or two.
  const tabs = index < LEAVERS / 2 || index >= BROWSERS - TWO_TABS ? 2 : 1;
  return Array.from({ length: tabs }, () => useSession(jar, options));
}

/** What servers said more than two seconds after a sign-out: how often no, and where and when something else. */
interface Aftermath {
  refusals: number;
  readonly others: string[];
}

/** Signs out, as often as it takes to be told so; from two seconds later on, every server that answers has to refuse. */
async function leave({ servers, isOver }: Work, { jar, leavesAt }: Browser): Promise<Aftermath> {
  const aftermath: Aftermath = { refusals: 0, others: [] };
  if (leavesAt === undefined) return aftermath;
  await sleep(Math.max(0, leavesAt - Date.now()));
  jar.isLeaving = true;
  const plan = { method: 'POST', path: ROUTES.signOut, patienceMs: PATIENCE_MS } as const;
  while (jar.signedOutAt === undefined) {
    const { port } = servers[Math.floor(Math.random() * servers.length)]!;
    const answer = await send({ ...plan, port, credential: jar.credential });
    if (answer.kind === 'answered' && [204, 401].includes(answer.status)) jar.signedOutAt = Date.now();
    else await sleep(50);
  }
  await sleep(KNOWN_MS);
  do {
    for (const status of await askAll(servers, jar.credential)) {
      if (status === 401) aftermath.refusals += 1;
      else if (status !== undefined)
        aftermath.others.push(`${jar.name}: ${status}, ${Date.now() - jar.signedOutAt} ms later`);
    }
    await sleep(100);
  } while (!isOver());
  return aftermath;
}

/** Statuses; undefined for a server that does not answer just now. */
async function askAll(servers: readonly ServerProcess[], credential: string): Promise<(number | undefined)[]> {
  const plan = { method: 'GET', path: ROUTES.session, credential, patienceMs: 5000 } as const;
  const answers = await Promise.all(servers.map(({ port }) => send({ ...plan, port })));
  return answers.map((answer) => (answer.kind === 'answered' && answer.status !== 503 ? answer.status : undefined));
}

/** `kill -9` at random moments, but never of the last one that runs. Resolves with how often, when all run again. */
async function killNowAndThen({ servers, isOver }: Work): Promise<number> {
  const restarts: Promise<void>[] = [];
  for (;;) {
    await sleep(KILL_EVERY_MS * (0.5 + Math.random() / 2));
    if (isOver()) break;
    const running = servers.filter((server) => server.isRunning());
    if (running.length < 2) continue;
    restarts.push(running[Math.floor(Math.random() * running.length)]!.killAndRestart());
  }
  await Promise.all(restarts);
  return restarts.length;
}

/** Reads all rows again and again, far more often than any may change, and once more when told to stop. */
function watchRows({ store }: OperationContext, browsers: readonly Browser[]) {
  const histories = new Map<string, History>(browsers.map(({ session }) => [session.id, []]));
  let isDone = false;
  const watch = async (): Promise<History[]> => {
    for (;;) {
      const isLast = isDone;
      const rows = await store.queries
        .selectFrom('sessions')
        .select(['id', 'generation', 'attempt', 'rotated_at as rotatedAt'])
        .execute();
      for (const { id, ...state } of rows) {
        const history = histories.get(id)!;
        const last = history.at(-1);
        if (last?.generation !== state.generation || last.attempt !== state.attempt) history.push(state);
      }
      if (isLast) return browsers.map(({ session }) => histories.get(session.id)!);
      await sleep(100);
    }
  };
  const stop = () => {
    isDone = true;
  };
  return { histories: watch(), stop };
}

/** I1. Where it is broken, the audit log says what was seen. */
async function expectNobodySignedOut(reports: readonly TabReport[], browsers: readonly Browser[]): Promise<void> {
  const signedOut = reports.filter((each) => each.signedOut.length > 0);
  const told = signedOut.map(async ({ jar, signedOut: where }) => {
    const { session } = browsers.find((browser) => browser.jar === jar)!;
    return { where, audit: await session.audit(), row: await session.row() };
  });
  expect(await Promise.all(told)).toEqual([]);
  const statuses = new Set(reports.flatMap(({ answers }) => Object.keys(answers)));
  for (const status of statuses) expect(['200', 'lost', '503', '401']).toContain(status);
}

/** One generation after the other, at most one a window; nothing that was acknowledged is undone. */
function expectRules({ name, received }: Jar, { carrier }: SessionOnTrial, history: History): void {
  for (const [index, { generation, attempt, rotatedAt }] of history.entries()) {
    const before = history[index - 1];
    if (before === undefined) continue;
    const isNext = generation === before.generation + 1 && attempt === 0;
    const isOther = generation === before.generation && attempt === before.attempt + 1;
    expect(isNext || isOther, `${name}: ${JSON.stringify([before, history[index]])}`).toBe(true);
    const leastMs = isNext ? R : W;
    expect(rotatedAt - before.rotatedAt, `${name}: ${JSON.stringify(history)}`).toBeGreaterThanOrEqual(leastMs);
  }
  const order = history.map(({ generation, attempt }) => `${generation}.${attempt}`);
  const places = received.map((credential) => {
    const { generation, attempt } = parseCredential(credential, carrier)!;
    return order.indexOf(`${generation}.${attempt}`);
  });
  // Two tabs may be told of the same one; no one is ever told of an older.
  expect(places).toEqual(places.toSorted((left, right) => left - right));
  expect(places).not.toContain(-1);
}

/** I2 and I6: what the browser holds works on every server, unless its user has signed out. */
async function expectEnd(servers: readonly ServerProcess[], { session, jar }: Browser): Promise<void> {
  const row = await session.row();
  const hasLeft = jar.signedOutAt !== undefined;
  expect(row.revoked_reason, jar.name).toBe(hasLeft ? 'signed_out' : null);
  expect(new Set(await askAll(servers, jar.credential)), jar.name).toEqual(new Set([hasLeft ? 401 : 200]));
  const revocations = (await session.revocations()).filter((event) => event.startsWith('session'));
  expect(revocations, jar.name).toEqual(hasLeft ? ['session it'] : []);
}

/** No theft was found where there was none, and the log has no gap and no double. */
async function expectLog({ store: { queries } }: OperationContext, browsers: readonly Browser[]): Promise<void> {
  const events = await queries.selectFrom('audit_events').select('type').execute();
  const types = events.map(({ type }) => type);
  expect(types).not.toContain('session.theft_found');
  expect(types).not.toContain('session.adopted');
  const revocations = await listRevocations(queries, 0, 100_000);
  expect(revocations.map(({ seq }) => seq)).toEqual(revocations.map((_event, index) => index + 1));
  const branches = types.filter((type) => type === 'session.branched').length;
  expect(revocations.filter(({ kind }) => kind === 'branch')).toHaveLength(branches);
  expect(await queries.selectFrom('sessions').select('id').execute()).toHaveLength(browsers.length);
}

function rowOf(engine: string, reports: readonly TabReport[], histories: readonly History[], kills: number): SoakRow {
  const requests = reports.flatMap(({ answers }) => Object.values(answers)).reduce((sum, count) => sum + count, 0);
  const changes = histories.flatMap((history) => history.slice(1));
  const rotations = changes.filter(({ attempt }) => attempt === 0).length;
  return {
    setting: `${engine}: ${SERVERS} server processes, ${reports.length} tabs of ${BROWSERS} browsers`,
    seed: undefined,
    steps: requests,
    presentations: requests,
    rotations,
    lateRetries: changes.length - rotations,
    theftsFound: 0,
    kills,
    violations: 0,
  };
}
