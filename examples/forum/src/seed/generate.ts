/**
 * `node src/seed/generate.ts FILE [QUESTIONS [ANSWERS]]`: a forum of 100,000 questions and 1,000,000 answers to measure
 * with. The texts are made of invented words, the authors are numbers.
 */
import { pathToFileURL } from 'node:url';
import { excerptOf, plainText } from '../domain/markdown.ts';
import { slugOf } from '../domain/slug.ts';
import type { ForumDatabase } from '../storage/database.ts';
import { openDatabase } from '../storage/open-database.ts';
import { blockWord } from '../storage/search.ts';
import { createNumbers, makeText } from './words.ts';

const STARTED_AT = Date.UTC(2020, 0, 1);
const STEP_MS = 120_000;
const POSTS_IN_A_TRANSACTION = 20_000;

export interface Size {
  readonly questions: number;
  readonly answers: number;
  readonly authors: number;
  readonly tags: number;
  /** The first question has that many answers, of all. */
  readonly answersOfFirst: number;
}

const FULL_SIZE: Size = {
  questions: 100_000,
  answers: 1_000_000,
  authors: 20_000,
  tags: 2_000,
  answersOfFirst: 5_000,
};

/** What is known of the questions while answers come. */
interface Made {
  readonly id: number;
  readonly askedAt: number;
  activityAt: number;
  answers: number;
  acceptedId: number | null;
}

function generatedAuthor(index: number): string {
  return `usr_generated${index}`;
}

function makeAuthors(database: ForumDatabase, count: number): void {
  const insert = database.statement('INSERT INTO authors (id, name, joined_at) VALUES (?, ?, ?)');
  for (let index = 0; index < count; index += 1) insert.run(generatedAuthor(index), `Author ${index}`, STARTED_AT);
}

function sumOf(votes: readonly number[]): number {
  return votes.reduce((sum, value) => sum + value, 0);
}

function createWriter(database: ForumDatabase, size: Size, number: () => number) {
  const insertPost = database.statement(
    'INSERT INTO posts (id, question_id, number, author_id, score, created_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertQuestion = database.statement(
    `INSERT INTO questions (id, title, slug, excerpt, tags, author_id, asked_at, activity_at, score)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)`,
  );
  const index = database.statement('INSERT INTO search (rowid, title, body, tags, block) VALUES (?, ?, ?, ?, ?)');
  const insertVote = database.statement('INSERT INTO votes (post_id, voter_id, value) VALUES (?, ?, ?)');

  const drawVotes = (): readonly number[] => {
    const count = Math.min(Math.floor(-Math.log(1 - number()) * 1.2), size.authors - 1, 40);
    return Array.from({ length: count }, () => (number() < 0.12 ? -1 : 1));
  };
  /** By the neighbours of the author, who is none of them. */
  const castVotes = (postId: number, author: number, votes: readonly number[]): void => {
    for (const [place, value] of votes.entries()) {
      insertVote.run(postId, generatedAuthor((author + place + 1) % size.authors), value);
    }
  };

  return {
    question(id: number, at: number): Made {
      const author = Math.floor(number() * size.authors);
      const authorId = generatedAuthor(author);
      const title = `${makeText(number, 8, id)
        .replace(/[^a-z ]/g, ' ')
        .replace(/ +/g, ' ')
        .slice(0, 120)
        .trim()}?`;
      const body = makeText(number, 30 + Math.floor(number() * 40), id);
      const tags = [...new Set([0, 1, 2].map(() => `tag-${Math.floor(size.tags ** number()) - 1}`))];
      const votes = drawVotes();
      const score = sumOf(votes);
      insertPost.run(id, id, 0, authorId, score, at, body);
      insertQuestion.run(id, title, slugOf(title), excerptOf(body), tags.join(' '), authorId, at, score);
      index.run(id, title, plainText(body), tags.join(' '), blockWord(id));
      castVotes(id, author, votes);
      return { id, askedAt: at, activityAt: at, answers: 0, acceptedId: null };
    },
    answer(id: number, question: Made, at: number): void {
      const author = Math.floor(number() * size.authors);
      const body = makeText(number, 20 + Math.floor(number() * 50), id);
      question.answers += 1;
      question.activityAt = at;
      if (question.acceptedId === null && number() < 0.1) question.acceptedId = id;
      const votes = drawVotes();
      insertPost.run(id, question.id, question.answers, generatedAuthor(author), sumOf(votes), at, body);
      castVotes(id, author, votes);
      // The parser would be most of the work; the words are the same without it.
      index.run(id, '', body.replaceAll('**', ''), '', blockWord(id));
    },
  };
}

function countUp(database: ForumDatabase, made: readonly Made[]): void {
  const update = database.statement(
    'UPDATE questions SET activity_at = ?, answer_count = ?, last_number = ?, accepted_id = ? WHERE id = ?',
  );
  for (const { id, activityAt, answers, acceptedId } of made) update.run(activityAt, answers, answers, acceptedId, id);
  const run = (sql: string): number => database.statement(sql).run();
  run(`INSERT INTO tags (name, question_count)
       SELECT word.value, count(*) FROM questions q, json_each('["' || replace(q.tags, ' ', '","') || '"]') AS word
       GROUP BY word.value`);
  run(`INSERT INTO question_tags (question_id, tag_id, asked_at, activity_at, score, answer_count)
       SELECT q.id, t.id, q.asked_at, q.activity_at, q.score, q.answer_count
       FROM questions q, json_each('["' || replace(q.tags, ' ', '","') || '"]') AS word
       JOIN tags t ON t.name = word.value ORDER BY q.id, t.id`);
  run(`UPDATE authors SET question_count = own.questions, answer_count = own.answers, score = own.score
       FROM (SELECT author_id, sum(number = 0) AS questions, sum(number > 0) AS answers, sum(score) AS score
             FROM posts GROUP BY author_id) AS own WHERE own.author_id = authors.id`);
  run(`UPDATE totals SET value = (SELECT count(*) FROM questions) WHERE name = 'questions'`);
}

/** Fills an empty database. Answers come for young questions more than for old ones, as they do. */
export function generate(database: ForumDatabase, size: Size, progress: (posts: number) => void): void {
  const number = createNumbers(8);
  const writer = createWriter(database, size, number);
  database.transaction(() => makeAuthors(database, size.authors));
  const made: Made[] = [];
  const total = size.questions + size.answers;
  const extra = size.answersOfFirst / size.answers;

  const next = (id: number): void => {
    const at = STARTED_AT + id * STEP_MS;
    const isQuestion = made.length < size.questions && (made.length + 1) / size.questions <= id / total;
    // Half of the answers are for the youngest fiftieth or so.
    const back = Math.floor(made.length * number() ** 6);
    const question = number() < extra ? made[0] : made[made.length - 1 - back];
    if (isQuestion || question === undefined) made.push(writer.question(id, at));
    else writer.answer(id, question, at);
  };
  for (let from = 1; from <= total; from += POSTS_IN_A_TRANSACTION) {
    database.transaction(() => {
      for (let id = from; id < from + POSTS_IN_A_TRANSACTION && id <= total; id += 1) next(id);
    });
    progress(Math.min(from + POSTS_IN_A_TRANSACTION - 1, total));
  }
  database.transaction(() => countUp(database, made));
}

function main([path, questions, answers]: readonly string[]): void {
  if (path === undefined) throw new Error('Say which file: node src/seed/generate.ts FILE [QUESTIONS [ANSWERS]]');
  const size: Size = {
    ...FULL_SIZE,
    questions: questions === undefined ? FULL_SIZE.questions : Number(questions),
    answers: answers === undefined ? FULL_SIZE.answers : Number(answers),
  };
  const database = openDatabase(path);
  // It is right by construction, or the tests say so; and a file that was cut short is made again.
  database.connection.exec('PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -524288');
  const startedAt = performance.now();
  let shown = 0;
  generate(database, size, (posts) => {
    if (posts - shown < 100_000) return;
    shown = posts;
    console.log(`${posts} posts after ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  });
  database.connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  console.log(`Done after ${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${path}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
