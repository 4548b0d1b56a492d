import { figure, ratioText, type Goal, type Section, type Table } from './harness/report.ts';
import { IDLE, measureFeedReaders, type FeedReadersPlan, type FeedReadersRow } from './revocation/feed-readers.ts';
import { measureMemory, type MemoryRow, type MemoryPlan } from './revocation/memory.ts';
import { measurePropagation, type PropagationPlan, type PropagationRow } from './revocation/propagation.ts';

export interface RevocationPlan {
  readonly propagation: PropagationPlan;
  readonly memory: MemoryPlan;
  readonly feedReaders: FeedReadersPlan;
}

export interface RevocationResult {
  readonly propagation: readonly PropagationRow[];
  readonly memory: readonly MemoryRow[];
  readonly feedReaders: readonly FeedReadersRow[];
}

const GOAL_P99_MS = 100;
const GOAL_BYTES = 100;
const GOAL_RATIO = 0.8;

/** How soon a revocation is known everywhere, and what following the log costs verifiers and the server. */
export async function measureRevocation(
  plan: RevocationPlan,
  onProgress: (done: string) => void,
): Promise<RevocationResult> {
  return {
    propagation: await measurePropagation(plan.propagation, onProgress),
    memory: await measureMemory(plan.memory, onProgress),
    feedReaders: await measureFeedReaders(plan.feedReaders, onProgress),
  };
}

/** The result in words and tables. */
export function describeRevocation(result: RevocationResult, plan: RevocationPlan): Section {
  return {
    title: 'Revocation of access tokens',
    goals: goalsOf(result, plan),
    tables: [propagationTable(result), memoryTable(result), feedReadersTable(result)],
    method: methodOf(plan),
    notSaid: NOT_SAID,
  };
}

function goalsOf({ propagation, memory, feedReaders }: RevocationResult, plan: RevocationPlan): Goal[] {
  const { readers, eventsPerSecond } = plan.feedReaders;
  const withReaders = feedReaders.at(-1);
  if (withReaders === undefined || withReaders.name === IDLE) throw new Error('Readers of the feed were not measured');
  return [
    ...propagation.map(({ name, p99Ms }) => ({
      aim: `${name}: from the commit to the refusal at ${verifiersOf(plan)} verifiers, p99 at most ${GOAL_P99_MS} ms`,
      reached: `${figure(p99Ms)} ms`,
      isMet: p99Ms <= GOAL_P99_MS,
    })),
    ...memory.map(({ kind, events, bytesPerEvent }) => ({
      aim: `memory of a verifier for each of ${events.toLocaleString('en')} ${kind} events: at most ${GOAL_BYTES} bytes`,
      reached: ratioText(bytesPerEvent),
      isMet: bytesPerEvent.median <= GOAL_BYTES,
    })),
    {
      aim:
        `with ${readers.toLocaleString('en')} readers of the feed and ${eventsPerSecond} events a second: at least ` +
        `${GOAL_RATIO.toFixed(2)} of the session checks that the node answers without`,
      reached: ratioText(withReaders.ratioToIdle),
      isMet: withReaders.ratioToIdle.median >= GOAL_RATIO,
    },
  ];
}

function verifiersOf({ propagation }: RevocationPlan): number {
  return propagation.processes * propagation.verifiersOfProcess;
}

function propagationTable({ propagation }: RevocationResult): Table {
  return {
    caption: 'From the commit to the refusal by a verifier, in ms: of all verifiers and all revocations.',
    columns: ['', 'median', 'p99', 'slowest', 'last verifier of a revocation'],
    rows: propagation.map(({ name, medianMs, p99Ms, maxMs, lastMs }) => [
      name,
      figure(medianMs),
      figure(p99Ms),
      figure(maxMs),
      ratioText(lastMs),
    ]),
  };
}

function memoryTable({ memory }: RevocationResult): Table {
  return {
    caption: 'Memory of a verifier. Median of the rounds, in brackets the least and the greatest.',
    columns: ['kind of event', 'events', 'bytes an event'],
    rows: memory.map(({ kind, events, bytesPerEvent }) => [
      `\`${kind}\``,
      events.toLocaleString('en'),
      ratioText(bytesPerEvent),
    ]),
  };
}

function feedReadersTable({ feedReaders }: RevocationResult): Table {
  return {
    caption:
      'Session checks of a node over HTTP, while it serves the feed. Median of the rounds, in brackets the least and the ' +
      'greatest. The last three columns: time on a processor, as a share of one.',
    columns: [
      '',
      'checks/s',
      'of idle',
      'p99, ms',
      'CPU, µs a check',
      'CPU, times idle',
      'node',
      'readers',
      'load generator',
    ],
    rows: feedReaders.map((row) => [
      row.name,
      figure(row.requestsPerSecond.median),
      ratioText(row.ratioToIdle),
      figure(row.p99Ms.median),
      figure(row.cpuUs.median),
      ratioText(row.cpuRatioToIdle),
      percent(row.nodeShare.median),
      percent(row.readersShare.median),
      percent(row.loadShare.median),
    ]),
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function methodOf(plan: RevocationPlan): string[] {
  const { processes, verifiersOfProcess, revocations } = plan.propagation;
  const { rounds, readers, connections, rampMs, windowMs, eventsPerSecond } = plan.feedReaders;
  return [
    'The server: Latchkey with its own listener, production mode, log silent, in a process of its own; on PostgreSQL two ' +
      'such processes, one that commits and one that the verifiers follow. PostgreSQL is on this machine, with `fsync` ' +
      'and `synchronous_commit` on.',
    `Propagation: ${verifiersOf(plan)} verifiers (${processes} processes with ${verifiersOfProcess} each), made by ` +
      '`createVerifier({ issuer, audience, client })` with the addresses of a server without TLS; each follows by a stream ' +
      `of its own. ${revocations} times on each database a session begins, all verifiers accept its access token, and after ` +
      `a random pause the session ends as by signing out.`,
    'It counts from the moment at which the transaction was committed and the process that asked for it knew, to the ' +
      'moment at which a verifier has refused the token with `token_revoked`, by its own knowledge. Both by the monotonic ' +
      'clock that all processes of a machine share. The token is shown to each verifier once a millisecond, and what that ' +
      'adds is in the figures.',
    'Memory: growth of `heapUsed` after garbage collection, from a verifier that knows of no event to the same one with ' +
      'all of them. A process of its own for each kind and number; ' +
      `${plan.memory.warmUps} verifiers before the first that counts, while code is compiled, and ${plan.memory.rounds} that ` +
      "count. The events come in pages from a stand-in for the feed, with keys of the length of Latchkey's own.",
    `Feed readers: ${rounds} rounds; in each, every situation in turn on the same node (SQLite): ` +
      `${connections} keep-alive connections ask a handler with \`nodeSession\` who is signed in, as in the session check, ` +
      `for ${rampMs} ms that do not count and ${windowMs} ms that do. ` +
      `${readers.toLocaleString('en')} connections are opened to the feed before that situation and closed after it. ` +
      `Events come from the node itself, ${eventsPerSecond} transactions a second. Each reader must get them.`,
    'The readers are sockets in one other process that count messages and parse nothing.',
  ];
}

const NOT_SAID = [
  'All is on one machine. A network adds its way from the server to the verifier once, and TLS a little work for each message.',
  'Propagation was measured while the server has nothing else to do but its streams; on a machine with two cores the ' +
    'verifiers themselves, a hundred that each look a thousand times a second, keep these busy, and slow it down.',
  'Where no stream passes, the verifiers ask once a second, and learn of a revocation that much later. Without any ' +
    'connection the bound of `maxStalenessSeconds` holds.',
  'With more than one node the first to know is the one that committed. Here the verifiers follow another one, which is ' +
    'told by PostgreSQL. Without that notice it would look twice a second.',
  'Memory of the table of events alone: streams, remembered tokens and keys take the same with and without events. The ' +
    'table grows by doubling, so what an event takes lies between that of a full one and that of one just doubled.',
  'Readers, load and node share the cores of this machine. The node works in one thread: where the shares of all ' +
    'three add up to more than there are cores, the requests a second also tell how they got in each other\'s way. "CPU, ' +
    'times idle" does not depend on that: it is what the node itself spends.',
  'Nearly all of what the node spends on a message is the write to its socket, in the operating system; another one ' +
    'takes more or less for it.',
  'The readers wait for nothing and are never slow. Real ones are spread over many machines.',
];
