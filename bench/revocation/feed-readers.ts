import { setTimeout as sleep } from 'node:timers/promises';
import { loadServer, type LoadResult } from '../harness/http-load.ts';
import { interleave, samplesOf, type Contender, type Samples } from '../harness/rounds.ts';
import { ratioSpread, spreadOf, type Spread } from '../harness/spread.ts';
import { startSubject, type Subject } from '../harness/start-subject.ts';
import { temporaryDirectory } from '../harness/temporary-directory.ts';
import { createUsageMeter } from '../harness/usage-meter.ts';
import type { NodeOperations, OpenedNode } from '../revocation-subjects/node.ts';
import type { ReaderOperations } from '../revocation-subjects/readers.ts';
import { newSecret } from './propagation.ts';
import { subjectUrl } from './subject-url.ts';

export interface FeedReadersPlan {
  readonly rounds: number;
  readonly readers: number;
  readonly eventsPerSecond: number;
  readonly connections: number;
  /** Before the first round. */
  readonly warmUpMs: number;
  /** Of each round: load that is not counted, and load that is. */
  readonly rampMs: number;
  readonly windowMs: number;
}

export interface FeedReadersRow {
  readonly name: string;
  readonly requestsPerSecond: Spread;
  /** Requests a second, as a part of those of the idle node in the same round. */
  readonly ratioToIdle: Spread;
  readonly p99Ms: Spread;
  /** Time on a processor that the node spent for each request, all else that it did included, in microseconds. */
  readonly cpuUs: Spread;
  readonly cpuRatioToIdle: Spread;
  /** Time on a processor, as a share of one: of the node, of the process of the readers, and of that of the load. */
  readonly nodeShare: Spread;
  readonly readersShare: Spread;
  readonly loadShare: Spread;
}

interface Sample extends LoadResult {
  readonly cpuUsPerRequest: number;
  readonly nodeShare: number;
  readonly readersShare: number;
  readonly loadShare: number;
}

interface Situation {
  readonly name: string;
  readonly eventsPerSecond: number;
  readonly readers: number;
}

interface Scene {
  readonly plan: FeedReadersPlan;
  readonly node: Subject<NodeOperations>;
  readonly opened: OpenedNode;
  readonly readers: Subject<ReaderOperations>;
  readonly loadUsage: ReturnType<typeof createUsageMeter>;
}

export const IDLE = 'no event, no reader';
/** After the readers have connected: until what that cost has been paid. */
const SETTLE_MS = 300;

/** What readers of the feed, and events that go out to them, take from the other work of a node. */
export async function measureFeedReaders(
  plan: FeedReadersPlan,
  onProgress: (done: string) => void,
): Promise<FeedReadersRow[]> {
  onProgress('revocation, feed readers: starting the node');
  await using node = startSubject<NodeOperations>(subjectUrl('node.ts'));
  await using readers = startSubject<ReaderOperations>(subjectUrl('readers.ts'));
  const databaseUrl = `sqlite:${temporaryDirectory()}/latchkey.db`;
  const opened = await node.ask('open', { databaseUrl, secret: newSecret(), withAccount: true });
  const scene: Scene = { plan, node, opened, readers, loadUsage: createUsageMeter() };
  await loadServer({ ...plan, port: opened.sessionPort, cookie: opened.cookie, windowMs: plan.warmUpMs });

  const contenders = situationsOf(plan).map((situation): Contender<Sample> => ({
    name: situation.name,
    measure: () => measureSituation(scene, situation),
  }));
  const samples = await interleave(contenders, plan.rounds, (round) =>
    onProgress(`revocation, feed readers: round ${round} of ${plan.rounds}`),
  );
  return contenders.map(({ name }) => rowOf(name, samples));
}

function situationsOf({ eventsPerSecond, readers }: FeedReadersPlan): Situation[] {
  const events = `${eventsPerSecond} events a second`;
  return [
    { name: IDLE, eventsPerSecond: 0, readers: 0 },
    { name: `${events}, no reader`, eventsPerSecond, readers: 0 },
    { name: `${events}, ${readers.toLocaleString('en')} readers`, eventsPerSecond, readers },
  ];
}

async function measureSituation(scene: Scene, { eventsPerSecond, readers: count }: Situation): Promise<Sample> {
  const { plan, node, opened, readers, loadUsage } = scene;
  await readers.ask('connect', opened.feed, count);
  await node.ask('keepRevoking', eventsPerSecond);
  await sleep(SETTLE_MS);
  await Promise.all([node.ask('usage'), readers.ask('usage')]);
  if (count > 0) await readers.ask('leastMessages');
  loadUsage();
  const startMs = performance.now();
  const load = await loadServer({ ...plan, port: opened.sessionPort, cookie: opened.cookie });
  const elapsedUs = (performance.now() - startMs) * 1000;
  const loadCpuUs = loadUsage().cpuUs;
  const [nodeUsage, readersUsage] = await Promise.all([node.ask('usage'), readers.ask('usage')]);
  if (count > 0) await proveReading(scene, elapsedUs / 1e6);
  await node.ask('keepRevoking', 0);
  await readers.ask('disconnect');
  return {
    ...load,
    cpuUsPerRequest: nodeUsage.cpuUs / load.requests,
    nodeShare: nodeUsage.cpuUs / elapsedUs,
    readersShare: readersUsage.cpuUs / elapsedUs,
    loadShare: loadCpuUs / elapsedUs,
  };
}

/** Readers that get nothing would cost nothing. Events that come close together may share a message. */
async function proveReading({ plan, readers }: Scene, elapsedSeconds: number): Promise<void> {
  const messages = await readers.ask('leastMessages');
  if (messages < Math.floor((plan.eventsPerSecond * elapsedSeconds) / 2)) {
    throw new Error(`A reader got ${messages} messages in ${elapsedSeconds} s`);
  }
}

function rowOf(name: string, samples: Samples<Sample>): FeedReadersRow {
  const own = samplesOf(samples, name);
  const idle = samplesOf(samples, IDLE);
  const all = (of: readonly Sample[], member: keyof Sample): number[] => of.map((sample) => sample[member]);
  return {
    name,
    requestsPerSecond: spreadOf(all(own, 'requestsPerSecond')),
    ratioToIdle: ratioSpread(all(own, 'requestsPerSecond'), all(idle, 'requestsPerSecond')),
    p99Ms: spreadOf(all(own, 'p99Ms')),
    cpuUs: spreadOf(all(own, 'cpuUsPerRequest')),
    cpuRatioToIdle: ratioSpread(all(own, 'cpuUsPerRequest'), all(idle, 'cpuUsPerRequest')),
    nodeShare: spreadOf(all(own, 'nodeShare')),
    readersShare: spreadOf(all(own, 'readersShare')),
    loadShare: spreadOf(all(own, 'loadShare')),
  };
}
