/**
 * `node src/seed/measure.ts FILE`: how long the operations take on a database that `generate.ts` has made, as a table.
 * It writes questions, answers and votes, too: measure on a copy.
 */
import { pathToFileURL } from 'node:url';
import { cursorOf } from '../domain/cursor.ts';
import type { AuthorId, Cursor, QuestionSort, Viewer } from '../domain/types.ts';
import { createBell } from '../operations/bell.ts';
import type { ForumContext } from '../operations/context.ts';
import {
  answerQuestion,
  askQuestion,
  listAnswersOf,
  listQuestions,
  listQuestionsOf,
  readQuestion,
  searchQuestions,
  vote,
} from '../operations/index.ts';
import { openDatabase } from '../storage/open-database.ts';
import { ALTERNATING_WORDS, COMMON_WORDS, createNumbers, makeText, pickWord, RARE_WORD } from './words.ts';

interface Measured {
  readonly name: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of this thread alone: what a machine with nothing else to do would show. */
  readonly p99ProcessorMs: number;
  readonly greatestMs: number;
}

interface Case {
  readonly name: string;
  readonly run: (round: number) => unknown;
}

const SORTS: readonly QuestionSort[] = ['active', 'newest', 'votes', 'unanswered'];

/** Ids and times between which a place in the middle of a list is picked. */
interface Extent {
  readonly firstQuestion: number;
  readonly lastPost: number;
  readonly from: number;
  readonly to: number;
}

function extentOf({ database }: ForumContext): Extent {
  const row = database
    .statement<Extent>(
      `SELECT (SELECT min(id) FROM questions) AS firstQuestion, (SELECT max(id) FROM posts) AS lastPost,
         (SELECT min(asked_at) FROM questions) AS "from", (SELECT max(asked_at) FROM questions) AS "to"`,
    )
    .get();
  if (row === undefined) throw new Error('There is nothing to measure.');
  return row;
}

function listings(context: ForumContext, number: () => number, extent: Extent): readonly Case[] {
  const anywhere = (sort: QuestionSort): Cursor =>
    cursorOf({
      list: sort,
      direction: number() < 0.5 ? 'older' : 'newer',
      key: sort === 'votes' ? Math.floor(number() * 4) : Math.floor(extent.from + number() * (extent.to - extent.from)),
      id: Math.floor(number() * extent.lastPost),
    });
  const someTag = (): string => `tag-${Math.floor(2_000 ** number()) - 1}`;
  const author = (): AuthorId => `usr_generated${Math.floor(number() * 20_000)}` as AuthorId;
  return [
    ...SORTS.flatMap((sort): readonly Case[] => [
      { name: `list, ${sort}, first page`, run: () => listQuestions(context, { sort }) },
      { name: `list, ${sort}, anywhere`, run: () => listQuestions(context, { sort, cursor: anywhere(sort) }) },
      { name: `list of a tag, ${sort}`, run: () => listQuestions(context, { sort, tag: someTag() }) },
      {
        name: `list of a tag, ${sort}, anywhere`,
        run: () => listQuestions(context, { sort, tag: someTag(), cursor: anywhere(sort) }),
      },
    ]),
    { name: 'list of the commonest tag, votes', run: () => listQuestions(context, { sort: 'votes', tag: 'tag-0' }) },
    { name: "an author's questions", run: () => listQuestionsOf(context, author(), {}) },
    { name: "an author's answers", run: () => listAnswersOf(context, author(), {}) },
  ];
}

function deep(list: 'votes' | 'oldest', key: number): Cursor {
  return cursorOf({ list, direction: 'older', key, id: 0 });
}

function questionPages(context: ForumContext, viewer: Viewer, number: () => number, extent: Extent): readonly Case[] {
  const ids = context.database
    .statement<{ id: number }>('SELECT id FROM questions WHERE id % 7 = 3 LIMIT 5000')
    .all()
    .map(({ id }) => id);
  const some = (): number => ids[Math.floor(number() * ids.length)] ?? extent.firstQuestion;
  const first = extent.firstQuestion;
  return [
    { name: 'question, some', run: () => readQuestion(context, viewer, some(), { sort: 'votes' }) },
    { name: 'question with 5,000 answers', run: () => readQuestion(context, viewer, first, { sort: 'votes' }) },
    {
      name: 'question with 5,000 answers, oldest, anywhere',
      run: () =>
        readQuestion(context, viewer, first, { sort: 'oldest', cursor: deep('oldest', Math.floor(number() * 4_900)) }),
    },
    {
      name: 'question with 5,000 answers, votes, anywhere',
      run: () =>
        readQuestion(context, viewer, first, { sort: 'votes', cursor: deep('votes', 3 - Math.floor(number() * 6)) }),
    },
  ];
}

function searches(context: ForumContext, number: () => number): readonly Case[] {
  const search = (name: string, text: () => string): Case => ({
    name: `search, ${name}`,
    run: () => searchQuestions(context, { text: text() }),
  });
  const common = (): string => COMMON_WORDS[Math.floor(number() * COMMON_WORDS.length)] ?? 'token';
  return [
    search('a rare word', () => RARE_WORD),
    search('the commonest word', () => COMMON_WORDS[0]),
    search('some word', () => pickWord(number)),
    search('two common words', () => `${common()} ${common()}`),
    search('a rare and a common word', () => `${RARE_WORD} ${common()}`),
    search('a phrase', () => `"${common()} ${common()}"`),
    search('a rare phrase', () => `"${pickWord(number)} ${pickWord(number)}"`),
    search('eight words', () => Array.from({ length: 8 }, common).join(' ')),
    search('two words never together', () => ALTERNATING_WORDS.join(' ')),
    search('nothing that exists', () => 'xyzzyx'),
    search('hostile', (): string => `" OR NEAR(${common()}*, 1) {title}: ^${common()} -- \u0000 '; DROP TABLE`),
    {
      name: 'search, the tenth page',
      run: () =>
        searchQuestions(context, {
          text: common(),
          cursor: cursorOf({ list: 'found', direction: 'older', key: 180, id: 0 }),
        }),
    },
  ];
}

function writer(round: number): Viewer {
  return { id: `usr_generated${round % 20_000}` as AuthorId, name: 'Author', isModerator: false };
}

function expectDone({ kind }: { readonly kind: string }): void {
  if (kind !== 'done') throw new Error(`A write was ${kind}.`);
}

function writes(context: ForumContext, number: () => number, extent: Extent): readonly Case[] {
  return [
    {
      name: 'ask',
      run: (round) => {
        const text = { title: 'A question about something else', body: makeText(number, 60, round) };
        expectDone(askQuestion(context, writer(round), { ...text, tags: ['tag-0', 'tag-1', 'tag-2'] }));
      },
    },
    {
      name: 'answer the question with 5,000',
      run: (round) => {
        const body = makeText(number, 60, round);
        expectDone(answerQuestion(context, writer(round), { questionId: extent.firstQuestion, body }));
      },
    },
    {
      name: 'vote',
      run: (round) => {
        const voter = writer(19_999 - (round % 5_000));
        const value = round % 2 === 0 ? 1 : -1;
        vote(context, voter, { post: { kind: 'question', id: extent.firstQuestion }, value });
      },
    },
  ];
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function measureCase({ name, run }: Case, rounds: number): Measured {
  const elapsed: number[] = [];
  const processor: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const used = process.threadCpuUsage();
    const startedAt = performance.now();
    run(round);
    elapsed.push(performance.now() - startedAt);
    const { user, system } = process.threadCpuUsage(used);
    processor.push((user + system) / 1_000);
  }
  return {
    name,
    p50Ms: quantile(elapsed, 0.5),
    p99Ms: quantile(elapsed, 0.99),
    p99ProcessorMs: quantile(processor, 0.99),
    greatestMs: quantile(elapsed, 1),
  };
}

function measure(context: ForumContext, rounds: number): readonly Measured[] {
  const number = createNumbers(80);
  const viewer: Viewer = { id: 'usr_generated7' as AuthorId, name: 'Author 7', isModerator: false };
  const extent = extentOf(context);
  const reading = [
    ...listings(context, number, extent),
    ...questionPages(context, viewer, number, extent),
    ...searches(context, number),
  ];
  return [...reading, ...writes(context, number, extent)].map((one) => measureCase(one, rounds));
}

function main([path, rounds]: readonly string[]): void {
  if (path === undefined) throw new Error('Say which file: node src/seed/measure.ts FILE [ROUNDS]');
  const database = openDatabase(path);
  const context: ForumContext = { database, clock: Date.now, bell: createBell() };
  console.log('| operation | p50, ms | p99, ms | greatest, ms | p99, ms of the processor |');
  console.log('| --- | ---: | ---: | ---: | ---: |');
  for (const { name, p50Ms, p99Ms, greatestMs, p99ProcessorMs } of measure(context, Number(rounds ?? 500))) {
    const times = [p50Ms, p99Ms, greatestMs, p99ProcessorMs].map((time) => time.toFixed(2));
    console.log(`| ${name} | ${times.join(' | ')} |`);
  }
  database.close();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
