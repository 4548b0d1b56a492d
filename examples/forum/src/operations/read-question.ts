import { cursorOf } from '../domain/cursor.ts';
import { renderInline, renderMarkdown } from '../domain/markdown.ts';
import { mayWithAnswer, mayWithQuestion, type QuestionFacts, verdicts } from '../domain/may.ts';
import type {
  Answer,
  AnswerId,
  AnswerSort,
  Comment,
  Cursor,
  Post,
  QuestionId,
  QuestionPage,
  SafeHtml,
  Viewer,
} from '../domain/types.ts';
import { authorOf } from '../storage/authors.ts';
import { listComments } from '../storage/comments.ts';
import type { ForumDatabase } from '../storage/database.ts';
import { answerList, findPost, listAnswers, type PostRow } from '../storage/posts.ts';
import { findQuestion, type QuestionRow, summaryOf } from '../storage/questions.ts';
import { findVote } from '../storage/votes.ts';
import type { ForumContext } from './context.ts';
import { PAGE_SIZE } from './list-questions.ts';
import { factsOf, findLivingPost } from './write.ts';

/** With a number, the place behind that answer. */
const BEHIND_ALL_IDS = 999_999_999_999_999;

function commentsOf(
  database: ForumDatabase,
  viewer: Viewer | undefined,
  row: PostRow,
  question: QuestionFacts,
): readonly Comment[] {
  if (row.commentCount === 0) return [];
  const isThere = row.deletedAt === null && !question.isDeleted;
  return listComments(database, row.id).map((comment) => ({
    id: comment.id,
    author: authorOf(comment),
    text: comment.text,
    html: renderInline(comment.text),
    createdAt: comment.createdAt,
    may: {
      delete: viewer !== undefined && isThere && verdicts.deleteComment(viewer, comment, question) === undefined,
    },
  }));
}

/** Moderators see what a deleted post was; others see that it was deleted, and nothing of it. */
function postOf(database: ForumDatabase, viewer: Viewer | undefined, row: PostRow, question: QuestionFacts): Post {
  const isDeleted = row.deletedAt !== null;
  const isShown = !isDeleted || viewer?.isModerator === true;
  return {
    body: isShown ? row.body : '',
    html: isShown ? renderMarkdown(row.body) : ('' as SafeHtml),
    author: authorOf(row),
    score: row.score,
    viewerVote: viewer === undefined ? 0 : findVote(database, row.id, viewer.id),
    createdAt: row.createdAt,
    editedAt: row.editedAt,
    revisions: row.revisions,
    isDeleted,
    comments: isShown ? commentsOf(database, viewer, row, question) : [],
  };
}

function answerOf(database: ForumDatabase, viewer: Viewer | undefined, row: PostRow, question: QuestionRow): Answer {
  const isAccepted = question.acceptedId === row.id;
  const facts = { authorId: row.authorId, isDeleted: row.deletedAt !== null, isAccepted };
  const questionFacts = factsOf(question);
  return {
    ...postOf(database, viewer, row, questionFacts),
    id: row.id,
    questionId: row.questionId,
    number: row.number,
    isAccepted,
    may: mayWithAnswer(viewer, facts, questionFacts),
  };
}

/** Deleted questions are there for moderators alone. Sorted by votes, the accepted answer is the first. */
export function readQuestion(
  { database }: ForumContext,
  viewer: Viewer | undefined,
  id: QuestionId,
  { sort, cursor }: { readonly sort: AnswerSort; readonly cursor?: Cursor | undefined },
): QuestionPage | undefined {
  return database.snapshot(() => {
    const question = findQuestion(database, id);
    const post = findPost(database, { kind: 'question', id });
    if (question === undefined || post === undefined) return undefined;
    if (question.deletedAt !== null && viewer?.isModerator !== true) return undefined;

    const keyset = answerList(id, sort, question.acceptedId);
    const { rows, older, newer } = listAnswers(database, keyset, cursor, PAGE_SIZE);
    const isFirstOfVotes = sort === 'votes' && newer === null;
    const accepted =
      isFirstOfVotes && question.acceptedId !== null
        ? findPost(database, { kind: 'answer', id: question.acceptedId })
        : undefined;
    const shown = accepted === undefined ? rows : [accepted, ...rows];
    return {
      question: {
        ...summaryOf(question),
        ...postOf(database, viewer, post, factsOf(question)),
        lockReason: question.lockReason,
        may: mayWithQuestion(viewer, factsOf(question)),
      },
      answers: { items: shown.map((row) => answerOf(database, viewer, row, question)), older, newer },
    };
  });
}

/** Where an answer is shown: the page of its question, sorted 'oldest', at this cursor (null: the first page). */
export function locateAnswer(
  { database }: ForumContext,
  id: AnswerId,
):
  | { readonly questionId: QuestionId; readonly slug: string; readonly number: number; readonly cursor: Cursor | null }
  | undefined {
  const found = findLivingPost(database, { kind: 'answer', id });
  if (found === undefined) return undefined;
  const { post, question } = found;
  // Numbers have no gaps: deleted answers keep theirs, and their place on the page.
  const before = Math.floor((post.number - 1) / PAGE_SIZE) * PAGE_SIZE;
  return {
    questionId: question.id,
    slug: question.slug,
    number: post.number,
    cursor: before === 0 ? null : cursorOf({ list: 'oldest', direction: 'older', key: before, id: BEHIND_ALL_IDS }),
  };
}
