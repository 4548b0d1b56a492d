import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuthorId, Cursor, Page } from '../src/domain/types.ts';
import { createBell } from '../src/operations/bell.ts';
import type { ForumContext } from '../src/operations/context.ts';
import {
  countQuestions,
  listAnswersOf,
  listQuestions,
  listQuestionsOf,
  listTags,
  locateAnswer,
  readQuestion,
  searchQuestions,
} from '../src/operations/index.ts';
import { generate } from '../src/seed/generate.ts';
import { ALTERNATING_WORDS, COMMON_WORDS, RARE_WORD } from '../src/seed/words.ts';
import { keysetSql } from '../src/storage/keyset.ts';
import { moderationLog } from '../src/storage/moderation-log.ts';
import { notificationsOf } from '../src/storage/notifications.ts';
import { openDatabase } from '../src/storage/open-database.ts';
import { answerList, answersOf } from '../src/storage/posts.ts';
import { questionList, questionListOfAuthor, questionListOfTag } from '../src/storage/questions.ts';

const SORTS = ['active', 'newest', 'votes', 'unanswered'] as const;
const SIZE = { questions: 2_000, answers: 6_000, authors: 50, tags: 30, answersOfFirst: 300 };
const author = 'usr_generated7' as AuthorId;
let context: ForumContext;

beforeAll(() => {
  const database = openDatabase(':memory:');
  generate(database, SIZE, () => undefined);
  context = { database, clock: Date.now, bell: createBell() };
});
afterAll(() => context.database.close());

/** All ids of a list, page by page, there and back again. */
function walk(read: (cursor: Cursor | undefined) => Page<{ readonly id: number }>): {
  there: number[];
  back: number[];
} {
  const there: number[] = [];
  let page = read(undefined);
  there.push(...page.items.map(({ id }) => id));
  while (page.older !== null) {
    page = read(page.older);
    there.push(...page.items.map(({ id }) => id));
  }
  const back: number[] = page.items.map(({ id }) => id);
  while (page.newer !== null) {
    page = read(page.newer);
    back.unshift(...page.items.map(({ id }) => id));
  }
  return { there, back };
}

describe('what is generated is a forum like any other', () => {
  test('its references hold, and its counts are right', () => {
    const { database } = context;
    expect(database.statement('PRAGMA foreign_key_check').all()).toEqual([]);
    const wrong = database
      .statement(
        `SELECT q.id FROM questions q WHERE q.answer_count <> (SELECT count(*) FROM posts p WHERE p.question_id = q.id AND p.number > 0)
         UNION ALL SELECT p.id FROM posts p WHERE p.score <> (SELECT coalesce(sum(value), 0) FROM votes v WHERE v.post_id = p.id)
         UNION ALL SELECT t.id FROM tags t WHERE t.question_count <> (SELECT count(*) FROM question_tags x WHERE x.tag_id = t.id)`,
      )
      .all();
    expect(wrong).toEqual([]);
    expect(countQuestions(context, {})).toBe(SIZE.questions);
  });
});

describe('paging', () => {
  test.each(SORTS)('%s: each question once, in order, there and back', (sort) => {
    const { there, back } = walk((cursor) => listQuestions(context, { sort, cursor, limit: 50 }));
    const total = sort === 'unanswered' ? there.length : SIZE.questions;
    expect(there).toHaveLength(total);
    expect(new Set(there).size).toBe(total);
    expect(back).toEqual(there);
  });

  test.each(SORTS)('%s, of a tag', (sort) => {
    const { there, back } = walk((cursor) => listQuestions(context, { sort, tag: 'tag-0', cursor, limit: 50 }));
    if (sort !== 'unanswered') expect(there).toHaveLength(countQuestions(context, { tag: 'tag-0' }));
    expect(back).toEqual(there);
  });

  test.each(['votes', 'oldest', 'newest'] as const)('answers by %s, the accepted one once', (sort) => {
    const { there, back } = walk((cursor) => readQuestion(context, undefined, 1, { sort, cursor })!.answers);
    const { answerCount } = readQuestion(context, undefined, 1, { sort })!.question;
    expect(answerCount).toBeGreaterThan(200);
    expect(there).toHaveLength(answerCount);
    expect(new Set(there).size).toBe(answerCount);
    expect(back).toEqual(there);
  });

  test("an author's questions and answers", () => {
    expect(walk((cursor) => listQuestionsOf(context, author, { cursor })).there.length).toBeGreaterThan(5);
    const { there, back } = walk((cursor) => listAnswersOf(context, author, { cursor }));
    expect(there.length).toBeGreaterThan(60);
    expect(back).toEqual(there);
  });

  test('a cursor of another list begins at the beginning', () => {
    const first = listQuestions(context, { sort: 'newest' });
    const other = listQuestions(context, { sort: 'votes' }).older!;
    expect(listQuestions(context, { sort: 'newest', cursor: other })).toEqual(first);
  });

  test('a link to an answer leads to the page that it is on', () => {
    const ids = walk((cursor) => readQuestion(context, undefined, 1, { sort: 'oldest', cursor })!.answers).there;
    for (const id of [ids[0]!, ids[19]!, ids[20]!, ids[139]!, ids.at(-1)!]) {
      const place = locateAnswer(context, id)!;
      const { answers } = readQuestion(context, undefined, 1, { sort: 'oldest', cursor: place.cursor ?? undefined })!;
      expect(answers.items.map((answer) => answer.id)).toContain(id);
    }
  });
});

describe('search', () => {
  test('finds a rare word wherever it stands, and marks it', () => {
    const expected = context.database
      .statement<{ count: number }>(
        `SELECT count(DISTINCT p.question_id) AS count FROM posts p JOIN questions q ON q.id = p.question_id
         WHERE p.body LIKE '%${RARE_WORD}%' OR q.title LIKE '%${RARE_WORD}%'`,
      )
      .get()!;
    const found = searchQuestions(context, { text: RARE_WORD }).items;
    expect(expected.count).toBeGreaterThan(0);
    expect(found).toHaveLength(expected.count);
    for (const { snippet, title } of found) {
      expect(snippet.includes(`<mark>${RARE_WORD}</mark>`) || title.includes(RARE_WORD)).toBe(true);
    }
  });

  test('a common word: titles first, no question twice, in pages', () => {
    const [word] = COMMON_WORDS;
    const pages = [searchQuestions(context, { text: word })];
    for (let page = pages[0]!; page.older !== null; pages.push(page)) {
      page = searchQuestions(context, { text: word, cursor: page.older });
    }
    const all = pages.flatMap(({ items }) => items);
    expect(all).toHaveLength(200);
    expect(new Set(all.map(({ id }) => id)).size).toBe(200);
    expect(all[0]?.title.toLowerCase()).toContain(word);
    expect(pages[0]?.newer).toBeNull();
    expect(pages[1]?.newer).not.toBeNull();
  });

  test('words that never stand together, and the words of the index itself, find nothing', () => {
    expect(searchQuestions(context, { text: ALTERNATING_WORDS.join(' ') }).items).toEqual([]);
    expect(searchQuestions(context, { text: 'block0' }).items).toEqual([]);
  });

  test.each([
    '"',
    '* OR *',
    'a AND',
    'NEAR(',
    '{title}:x',
    '\u0000',
    'x'.repeat(100_000),
    '" '.repeat(200),
    '(((((',
    '🔑',
    '\uD800',
  ])('hostile: %j', (text) => {
    expect(searchQuestions(context, { text }).items.length).toBeLessThanOrEqual(20);
  });
});

describe('no page of a list is a scan or is sorted', () => {
  const lists = [
    ...SORTS.map(questionList),
    ...SORTS.map((sort) => questionListOfTag(sort, 1)),
    questionListOfAuthor(author),
    answersOf(author),
    notificationsOf(author),
    moderationLog,
    ...(['votes', 'oldest', 'newest'] as const).map((sort) => answerList(1, sort, 2)),
  ];
  const cases = lists.flatMap((list) => (['first', 'older', 'newer'] as const).map((to) => ({ list, to })));

  test.each(cases)('$list.list in $list.from, $to', ({ list, to }) => {
    const parameters = [...list.bound, ...(to === 'first' ? [] : [1, 1]), 20];
    const plan = context.database
      .statement<{ detail: string }>(`EXPLAIN QUERY PLAN ${keysetSql(list, to)}`)
      .all(...parameters)
      .map(({ detail }) => detail);
    expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
    // The first page of all questions walks the index from its end: a scan of it that LIMIT stops.
    expect(plan.filter((step) => step.startsWith('SCAN') && !step.includes('USING INDEX'))).toEqual([]);
  });
});

test('the most used tags come first, and those with a beginning', () => {
  const tags = listTags(context, { limit: 5 });
  expect(tags.map(({ questionCount }) => questionCount)).toEqual(
    tags.map(({ questionCount }) => questionCount).toSorted((a, b) => b - a),
  );
  expect(listTags(context, { text: 'TAG-1', limit: 100 }).map(({ name }) => name)).toContain('tag-10');
  expect(listTags(context, { text: 'tag-1', limit: 100 }).every(({ name }) => name.startsWith('tag-1'))).toBe(true);
  expect(listTags(context, { text: '%', limit: 100 })).toEqual([]);
});
