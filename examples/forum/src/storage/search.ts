import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Match } from '../domain/search-rank.ts';
import { MARK_END, MARK_START } from '../domain/snippet.ts';
import type { ForumDatabase } from './database.ts';

/**
 * A word may stand in a million posts, and two common ones may never stand together: to find and rank them all would
 * take a second. Posts are searched in blocks of neighbours, the youngest first, until there is enough to rank or the
 * time is up. A search that ends within the time has seen every post, and most do.
 */
const POSTS_IN_BLOCK = 25_000;
const ENOUGH_IN_TITLES = 200;
const ENOUGH = 400;
/** Of this thread's processor: what other programs do to the machine makes no search poorer. */
const TIME_MICROSECONDS = 15_000;

function blockOf(postId: number): number {
  return Math.floor(postId / POSTS_IN_BLOCK);
}

/** The word that the posts of a block have in the index. Nobody can search for it: it has a column of its own. */
export function blockWord(postId: number): string {
  return `block${blockOf(postId)}`;
}

export interface SearchableText {
  readonly title: string;
  readonly body: string;
  readonly tags: readonly string[];
}

export function putSearchable(database: ForumDatabase, postId: number, text: SearchableText): void {
  removeSearchable(database, postId);
  database
    .statement('INSERT INTO search (rowid, title, body, tags, block) VALUES (?, ?, ?, ?, ?)')
    .run(postId, text.title, text.body, text.tags.join(' '), blockWord(postId));
}

export function removeSearchable(database: ForumDatabase, postId: number): void {
  database.statement('DELETE FROM search WHERE rowid = ?').run(postId);
}

/** The question and its answers. */
export function removeSearchableQuestion(database: ForumDatabase, questionId: number): void {
  database.statement('DELETE FROM search WHERE rowid IN (SELECT id FROM posts WHERE question_id = ?)').run(questionId);
}

interface MatchRow {
  readonly postId: number;
  readonly questionId: number;
  readonly number: number;
  readonly score: number;
}

/** In the order of the index, so that SQLite stops where the bound is reached. */
const MATCH_SQL = `SELECT p.id AS postId, p.question_id AS questionId, p.number, p.score
  FROM (SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?) AS found
  CROSS JOIN posts p ON p.id = found.rowid`;

/** @param query FTS5 text that `parseSearch` has made: never what somebody typed. */
export function findMatches(database: ForumDatabase, query: string): readonly Match[] {
  const statement = database.statement<MatchRow>(MATCH_SQL);
  const matches = new Map<number, Match>();
  let inTitles = 0;
  const take = (rows: readonly MatchRow[], inTitle: boolean): void => {
    for (const { postId, questionId, number, score } of rows) {
      if (!matches.has(postId)) matches.set(postId, { postId, questionId, isQuestion: number === 0, inTitle, score });
    }
  };
  const newest = database.statement<{ id: number | null }>('SELECT max(id) AS id FROM posts').get()?.id ?? 0;
  const startedAt = process.threadCpuUsage();
  for (let block = blockOf(newest); block >= 0; block -= 1) {
    // The list of the block's posts is short, and where it ends FTS5 stops walking the others.
    const within = `{block} : "block${block}" AND`;
    const titles = statement.all(`${within} {title tags} : (${query})`, ENOUGH_IN_TITLES - inTitles);
    inTitles += titles.length;
    take(titles, true);
    take(statement.all(`${within} {title body tags} : (${query})`, ENOUGH), false);
    const { user, system } = process.threadCpuUsage(startedAt);
    if (matches.size >= ENOUGH || user + system > TIME_MICROSECONDS) break;
  }
  return [...matches.values()];
}

/** Marks words in texts as the index of search sees words: the same tokenizer, in a table of a few rows. */
export interface Marker {
  /** Each text with `MARK_START` and `MARK_END` around each of the words. */
  mark(query: string, texts: readonly string[]): readonly string[];
}

export function createMarker(): Marker {
  const connection = new DatabaseSync(':memory:');
  connection.exec(`CREATE VIRTUAL TABLE pieces USING fts5 (text, tokenize = "porter unicode61 remove_diacritics 2")`);
  const insert: StatementSync = connection.prepare('INSERT INTO pieces (rowid, text) VALUES (?, ?)');
  // Not `snippet`, which compares each place of a word with all the others: seconds, where somebody wrote one ten
  // thousand times.
  const mark = connection.prepare(
    `SELECT rowid AS place, highlight(pieces, 0, '${MARK_START}', '${MARK_END}') AS marked
     FROM pieces WHERE pieces MATCH ?`,
  );
  return {
    mark(query, texts) {
      connection.exec('BEGIN');
      try {
        for (const [place, text] of texts.entries()) insert.run(place, text);
        const marked = new Map(mark.all(query).map((row) => [Number(row['place']), String(row['marked'])]));
        return texts.map((text, place) => marked.get(place) ?? text);
      } finally {
        connection.exec('ROLLBACK');
      }
    },
  };
}
