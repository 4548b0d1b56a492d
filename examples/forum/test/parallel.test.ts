import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import {
  changeProfile,
  listModerationLog,
  listNotifications,
  readProfile,
  readQuestion,
} from '../src/operations/index.ts';
import { answer, ask, done, openForum, START } from './forum.ts';
import type { Tally, Work } from './parallel-worker.ts';

const WORKERS = 3;
const CALLERS = 17;

test('51 callers from three connections at once: each thing happens once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sawal-'));
  const path = join(folder, 'forum.db');
  const forum = openForum(path);
  const { context } = forum;
  try {
    const [asker, answerer, moderator] = [
      forum.member('asker'),
      forum.member('answerer'),
      forum.member('moderator', { isModerator: true }),
    ];
    forum.member('voter');
    done(changeProfile(context, asker, { title: '', about: '', digest: true }));
    const { id: questionId } = ask(forum, asker);
    const { id: answerId } = answer(forum, answerer, questionId);
    const { id: otherId } = ask(forum, asker, { title: 'Another question, to be locked' });
    const { id: doomedId } = answer(forum, answerer, otherId, 'spam');
    const workerData: Work = { path, now: START, callers: CALLERS, questionId, answerId, doomedId };
    const tallies = await Promise.all(
      Array.from({ length: WORKERS }, async () => {
        const worker = new Worker(new URL('parallel-worker.ts', import.meta.url), { workerData });
        const [[tally]] = await Promise.all([once(worker, 'message') as Promise<[Tally]>, once(worker, 'exit')]);
        return tally;
      }),
    );

    const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0);
    expect(sum(({ claims }) => claims)).toBe(1);
    expect(sum(({ deletions }) => deletions)).toBe(1);
    expect(sum(({ answers }) => answers.length)).toBe(WORKERS * CALLERS);
    expect(new Set(tallies.flatMap(({ answers }) => answers)).size).toBe(1);

    const page = readQuestion(context, undefined, questionId, { sort: 'oldest' });
    expect(page?.question.answerCount).toBe(2);
    expect(page?.answers.items.map(({ number, score, isAccepted }) => [number, score, isAccepted])).toEqual([
      [1, 1, true],
      [2, 0, false],
    ]);
    expect(readProfile(context, answerer.id)).toMatchObject({ score: 1, answerCount: 1 });
    expect(readQuestion(context, undefined, otherId, { sort: 'oldest' })?.question.answerCount).toBe(0);
    const told = listNotifications(context, answerer, {}).items;
    expect(told.map(({ kind, count }) => `${kind} ${count}`).toSorted()).toEqual(['accepted 1', 'voted 1']);
    const log = listModerationLog(context, moderator, {})?.items;
    expect(log?.map(({ action }) => action).toSorted()).toEqual(['answer_deleted', 'question_locked']);
  } finally {
    context.database.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
