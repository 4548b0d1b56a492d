/** What is kept beside the rows (scores, counts, tags, what is searched) is what the rows say, whatever was done. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PostRef, Viewer } from '../src/domain/types.ts';
import {
  acceptAnswer,
  anonymiseAuthor,
  answerQuestion,
  askQuestion,
  commentOn,
  deleteComment,
  deletePost,
  editAnswer,
  editQuestion,
  lockQuestion,
  unacceptAnswer,
  unlockQuestion,
  vote,
} from '../src/operations/index.ts';
import { openForum, type TestForum } from './forum.ts';

/** Rows of each that are not what they should be. Deleted posts keep the score that they had. */
const WRONG = {
  'score of a post': `SELECT id FROM posts p WHERE score <> (SELECT coalesce(sum(value), 0) FROM votes WHERE post_id = p.id)`,
  'score of a question': `SELECT q.id FROM questions q JOIN posts p ON p.id = q.id WHERE q.score <> p.score`,
  'answers of a question': `SELECT id FROM questions q WHERE deleted_at IS NULL AND answer_count <>
    (SELECT count(*) FROM posts WHERE question_id = q.id AND number > 0 AND deleted_at IS NULL)`,
  'accepted answer': `SELECT q.id FROM questions q JOIN posts p ON p.id = q.accepted_id
    WHERE q.deleted_at IS NULL AND (p.question_id <> q.id OR p.deleted_at IS NOT NULL)`,
  'comments of a post': `SELECT id FROM posts p WHERE comment_count <>
    (SELECT count(*) FROM comments WHERE post_id = p.id AND deleted_at IS NULL)`,
  'revisions of a post': `SELECT id FROM posts p WHERE revisions <> 1 + (SELECT count(*) FROM revisions WHERE post_id = p.id)`,
  'questions of an author': `SELECT id FROM authors a WHERE question_count <>
    (SELECT count(*) FROM questions WHERE author_id = a.id AND deleted_at IS NULL)`,
  'answers and score of an author': `SELECT a.id FROM authors a
    LEFT JOIN (SELECT p.author_id, sum(p.number > 0) AS answers, sum(p.score) AS score
      FROM posts p JOIN questions q ON q.id = p.question_id
      WHERE p.deleted_at IS NULL AND q.deleted_at IS NULL GROUP BY p.author_id) AS own ON own.author_id = a.id
    WHERE a.answer_count <> coalesce(own.answers, 0) OR a.score <> coalesce(own.score, 0)`,
  'questions of a tag': `SELECT id FROM tags t WHERE question_count <> (SELECT count(*) FROM question_tags WHERE tag_id = t.id)`,
  'order in a tag': `SELECT t.question_id FROM question_tags t JOIN questions q ON q.id = t.question_id
    WHERE (t.activity_at, t.score, t.answer_count) <> (q.activity_at, q.score, q.answer_count) OR q.deleted_at IS NOT NULL`,
  'tags of a question': `SELECT q.id FROM questions q WHERE deleted_at IS NULL AND length(tags) - length(replace(tags, ' ', '')) + 1 <>
    (SELECT count(*) FROM question_tags WHERE question_id = q.id)`,
  total: `SELECT value FROM totals WHERE name = 'questions' AND value <> (SELECT count(*) FROM questions WHERE deleted_at IS NULL)`,
  'what is searched': `SELECT p.id FROM posts p JOIN questions q ON q.id = p.question_id LEFT JOIN search s ON s.rowid = p.id
    WHERE (s.rowid IS NOT NULL) <> (p.deleted_at IS NULL AND q.deleted_at IS NULL)`,
  'notifications of what is gone': `SELECT n.id FROM notifications n JOIN posts p ON p.id = n.post_id
    JOIN questions q ON q.id = n.question_id LEFT JOIN comments c ON c.id = n.comment_id
    WHERE p.deleted_at IS NOT NULL OR q.deleted_at IS NOT NULL OR c.deleted_at IS NOT NULL`,
  references: 'PRAGMA foreign_key_check',
} as const;

const who = fc.nat(3);
const which = fc.nat(7);
const value = fc.constantFrom(-1, 0, 1);
const kind = fc.constantFrom('question', 'answer');
const step = fc.oneof(
  fc.record({ do: fc.constant('ask'), who, which }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer'), who, which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('vote'), who, which, kind, value }) },
  fc.record({ do: fc.constantFrom('comment', 'delete', 'edit'), who, which, kind }),
  fc.record({ do: fc.constantFrom('accept', 'unaccept', 'lock', 'unlock', 'delete comment'), who, which }),
  fc.record({ do: fc.constant('anonymise'), who: fc.constant(2), which }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S & { kind?: string; value?: number } : never;

/** Any member does anything to the nth post: what is refused must leave no trace. */
function doIt({ context }: TestForum, members: readonly Viewer[], at: number, does: Step): void {
  const viewer = members[does.who]!;
  const rows = (sql: string) => context.database.statement<{ id: number }>(sql).all();
  const pick = (sql: string) => rows(sql)[does.which % Math.max(1, rows(sql).length)]?.id ?? 9_999;
  const questionId = pick('SELECT id FROM questions ORDER BY id');
  const answerId = pick('SELECT id FROM posts WHERE number > 0 ORDER BY id');
  const post: PostRef =
    does.kind === 'answer' ? { kind: 'answer', id: answerId } : { kind: 'question', id: questionId };
  const text = { title: `Where is a JWT stored? ${at}`, body: `text ${at}`, tags: [`t${at % 3}`, `t${does.which}`] };
  const acts: Readonly<Record<string, () => unknown>> = {
    ask: () => askQuestion(context, viewer, text),
    answer: () => answerQuestion(context, viewer, { questionId, body: text.body }),
    vote: () => vote(context, viewer, { post, value: does.value as -1 | 0 | 1 }),
    comment: () => commentOn(context, viewer, { post, text: text.body }),
    delete: () => deletePost(context, viewer, { post }),
    edit: () =>
      post.kind === 'question'
        ? editQuestion(context, viewer, { id: post.id, ...text })
        : editAnswer(context, viewer, { id: post.id, body: text.body }),
    accept: () => acceptAnswer(context, viewer, { id: answerId }),
    unaccept: () => unacceptAnswer(context, viewer, { id: answerId }),
    lock: () => lockQuestion(context, viewer, { id: questionId, reason: 'r' }),
    unlock: () => unlockQuestion(context, viewer, { id: questionId }),
    'delete comment': () => deleteComment(context, viewer, { id: pick('SELECT id FROM comments ORDER BY id') }),
    anonymise: () => anonymiseAuthor(context, viewer.id),
  };
  acts[does.do]!();
}

test('after anything that four people may do, in any order', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const forum = openForum();
      const members = ['asker', 'other', 'third'].map((name) => forum.member(name));
      members.push(forum.member('moderator', { isModerator: true }));
      doIt(forum, members, 1_000, { do: 'ask', who: 0, which: 0 });
      doIt(forum, members, 1_001, { do: 'answer', who: 1, which: 0 });
      for (const [at, does] of steps.entries()) {
        forum.pass(60_000);
        doIt(forum, members, at, does);
      }
      const wrong = Object.entries(WRONG).map(([name, sql]) => [
        name,
        forum.context.database.statement(sql).all().length,
      ]);
      expect(wrong).toEqual(Object.keys(WRONG).map((name) => [name, 0]));
      forum.context.database.close();
    }),
    { numRuns: 60 },
  );
});
