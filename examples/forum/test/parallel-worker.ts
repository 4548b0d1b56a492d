import { parentPort, workerData } from 'node:worker_threads';
import type { AuthorId, PostRef, Viewer } from '../src/domain/types.ts';
import { createBell } from '../src/operations/bell.ts';
import { acceptAnswer, answerQuestion, claimDigest, deletePost, lockQuestion, vote } from '../src/operations/index.ts';
import { openDatabase } from '../src/storage/open-database.ts';

/** What a process of its own does at the same moment as others: each thing once for every caller. */
export interface Work {
  readonly path: string;
  readonly now: number;
  readonly callers: number;
  readonly questionId: number;
  readonly answerId: number;
  readonly doomedId: number;
}

export interface Tally {
  readonly claims: number;
  readonly deletions: number;
  readonly answers: readonly number[];
}

const work = workerData as Work;
const context = { database: openDatabase(work.path), clock: () => work.now, bell: createBell() };
const viewerOf = (name: string): Viewer => ({ id: `usr_${name}` as AuthorId, name, isModerator: name === 'moderator' });
const [asker, voter, moderator] = [viewerOf('asker'), viewerOf('voter'), viewerOf('moderator')];
const post: PostRef = { kind: 'answer', id: work.answerId };
const doomed: PostRef = { kind: 'answer', id: work.doomedId };
let claims = 0;
let deletions = 0;
const answers: number[] = [];

for (let caller = 0; caller < work.callers; caller += 1) {
  vote(context, voter, { post, value: 1 });
  acceptAnswer(context, asker, { id: work.answerId });
  lockQuestion(context, moderator, { id: work.doomedId - 1, reason: 'enough' });
  if (claimDigest(context, { authorId: asker.id, since: work.now })) claims += 1;
  if (deletePost(context, moderator, { post: doomed }).kind === 'done') deletions += 1;
  const answered = answerQuestion(context, voter, { questionId: work.questionId, body: 'The same click.' });
  if (answered.kind === 'done') answers.push(answered.id);
}
context.database.close();
// eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage({ claims, deletions, answers } satisfies Tally);
