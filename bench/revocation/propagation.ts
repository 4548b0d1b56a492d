import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../../packages/server/test/support/postgres.ts';
import { percentile, spreadOf, type Spread } from '../harness/spread.ts';
import { startSubject, type Subject } from '../harness/start-subject.ts';
import { temporaryDirectory } from '../harness/temporary-directory.ts';
import type { FeedAddress } from '../revocation-subjects/feed-address.ts';
import type { NodeOperations } from '../revocation-subjects/node.ts';
import type { VerifierOperations } from '../revocation-subjects/verifiers.ts';
import { subjectUrl } from './subject-url.ts';

export interface PropagationPlan {
  /** Sessions that end, one after the other, on each database. */
  readonly revocations: number;
  readonly processes: number;
  readonly verifiersOfProcess: number;
}

export interface PropagationRow {
  readonly name: string;
  /** From commit to refusal, in milliseconds, of all verifiers and revocations. */
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Of each revocation, the verifier that was last. */
  readonly lastMs: Spread;
}

/** A node where sessions end, and the feed of the one that is followed. */
interface Setup {
  readonly name: string;
  readonly committing: Subject<NodeOperations>;
  readonly feed: FeedAddress;
}

const LEAST_PAUSE_MS = 50;
const PAUSE_SPREAD_MS = 100;
const NS_PER_MS = 1e6;

/** How long after its commit a revocation is known everywhere. */
export async function measurePropagation(
  plan: PropagationPlan,
  onProgress: (done: string) => void,
): Promise<PropagationRow[]> {
  return [await onSqlite(plan, onProgress), await onPostgres(plan, onProgress)];
}

async function onSqlite(plan: PropagationPlan, onProgress: (done: string) => void): Promise<PropagationRow> {
  await using committing = startSubject<NodeOperations>(subjectUrl('node.ts'));
  const databaseUrl = `sqlite:${temporaryDirectory()}/latchkey.db`;
  const { feed } = await committing.ask('open', { databaseUrl, secret: newSecret(), withAccount: true });
  return await measure({ name: 'SQLite', committing, feed }, plan, onProgress);
}

async function onPostgres(plan: PropagationPlan, onProgress: (done: string) => void): Promise<PropagationRow> {
  onProgress('revocation: starting PostgreSQL');
  await using postgres = await startPostgres({ durable: true });
  await using committing = startSubject<NodeOperations>(subjectUrl('node.ts'));
  await using following = startSubject<NodeOperations>(subjectUrl('node.ts'));
  const options = { databaseUrl: await postgres.createDatabase(), secret: newSecret() };
  await committing.ask('open', { ...options, withAccount: true });
  const { feed } = await following.ask('open', { ...options, withAccount: false });
  return await measure({ name: 'PostgreSQL, committed by another node', committing, feed }, plan, onProgress);
}

async function measure(
  { name, committing, feed }: Setup,
  plan: PropagationPlan,
  onProgress: (done: string) => void,
): Promise<PropagationRow> {
  await using subjects = new AsyncDisposableStack();
  const verifiers = Array.from({ length: plan.processes }, () =>
    subjects.use(startSubject<VerifierOperations>(subjectUrl('verifiers.ts'))),
  );
  for (const each of verifiers) await each.ask('open', feed, plan.verifiersOfProcess);

  const revocations: Float64Array[] = [];
  for (let round = 1; round <= plan.revocations; round += 1) {
    onProgress(`revocation, ${name}: ${round} of ${plan.revocations}`);
    revocations.push(await revokeOnce(committing, verifiers));
  }
  const all = Float64Array.from(revocations.flatMap((delaysMs) => [...delaysMs])).toSorted();
  return {
    name,
    medianMs: percentile(all, 0.5),
    p99Ms: percentile(all, 0.99),
    maxMs: percentile(all, 1),
    lastMs: spreadOf(revocations.map((delaysMs) => Math.max(...delaysMs))),
  };
}

/** Ends a session whose token all verifiers accept. @returns How much later each refused it, in milliseconds. */
async function revokeOnce(
  committing: Subject<NodeOperations>,
  verifiers: readonly Subject<VerifierOperations>[],
): Promise<Float64Array> {
  const { id, accessToken } = await committing.ask('begin');
  await Promise.all(verifiers.map((each) => each.ask('admit', accessToken)));
  const [committedAtNs, ...refusedAtNs] = await Promise.all([
    // At any moment between two readings of the log.
    sleep(LEAST_PAUSE_MS + Math.random() * PAUSE_SPREAD_MS).then(() => committing.ask('end', id)),
    ...verifiers.map((each) => each.ask('untilRefused', accessToken)),
  ]);
  return Float64Array.from(refusedAtNs.flat(), (atNs) => Number(atNs - committedAtNs) / NS_PER_MS);
}

export function newSecret(): string {
  return randomBytes(32).toString('hex');
}
