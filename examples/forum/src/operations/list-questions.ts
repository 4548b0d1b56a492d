import { excerptOf } from '../domain/markdown.ts';
import type { AnswerSummary, AuthorId, Cursor, Page, QuestionSort, QuestionSummary } from '../domain/types.ts';
import { readKeyset } from '../storage/keyset.ts';
import { type AnswerOfRow, answersOf } from '../storage/posts.ts';
import {
  questionList,
  questionListOfAuthor,
  questionListOfTag,
  type QuestionRow,
  readTotal,
  summaryOf,
} from '../storage/questions.ts';
import { findTag } from '../storage/tags.ts';
import type { ForumContext } from './context.ts';

export const PAGE_SIZE = 20;
const MOST_ON_A_PAGE = 50;

/** A cursor of another sort begins at the first page. `limit` is 20 where not given, and 50 at most. */
export function listQuestions(
  { database }: ForumContext,
  input: {
    readonly sort: QuestionSort;
    readonly tag?: string | undefined;
    readonly cursor?: Cursor | undefined;
    readonly limit?: number | undefined;
  },
): Page<QuestionSummary> {
  const limit = Math.min(Math.max(1, Math.trunc(input.limit ?? PAGE_SIZE)), MOST_ON_A_PAGE);
  return database.snapshot(() => {
    const tag = input.tag === undefined ? undefined : findTag(database, input.tag);
    if (input.tag !== undefined && tag === undefined) return { items: [], older: null, newer: null };
    const list = tag === undefined ? questionList(input.sort) : questionListOfTag(input.sort, tag.id);
    const { rows, older, newer } = readKeyset<QuestionRow>(database, list, input.cursor, limit);
    return { items: rows.map(summaryOf), older, newer };
  });
}

/** Newest first. */
export function listQuestionsOf(
  { database }: ForumContext,
  author: AuthorId,
  input: { readonly cursor?: Cursor | undefined },
): Page<QuestionSummary> {
  const list = questionListOfAuthor(author);
  const { rows, older, newer } = readKeyset<QuestionRow>(database, list, input.cursor, PAGE_SIZE);
  return { items: rows.map(summaryOf), older, newer };
}

/** Newest first. */
export function listAnswersOf(
  { database }: ForumContext,
  author: AuthorId,
  input: { readonly cursor?: Cursor | undefined },
): Page<AnswerSummary> {
  const { rows, older, newer } = readKeyset<AnswerOfRow>(database, answersOf(author), input.cursor, PAGE_SIZE);
  const items = rows.map((row) => ({
    id: row.id,
    number: row.number,
    excerpt: excerptOf(row.body),
    score: row.score,
    isAccepted: row.acceptedId === row.id,
    createdAt: row.createdAt,
    question: { id: row.questionId, slug: row.slug, title: row.title },
  }));
  return { items, older, newer };
}

/** Kept, not counted. */
export function countQuestions({ database }: ForumContext, input: { readonly tag?: string | undefined }): number {
  return input.tag === undefined ? readTotal(database) : (findTag(database, input.tag)?.questionCount ?? 0);
}
