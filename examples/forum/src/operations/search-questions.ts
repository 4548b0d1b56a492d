import { cursorOf, placeOf } from '../domain/cursor.ts';
import { plainText } from '../domain/markdown.ts';
import { parseSearch } from '../domain/search-query.ts';
import { rankMatches } from '../domain/search-rank.ts';
import { pieceOf, snippetHtml } from '../domain/snippet.ts';
import type { Cursor, Page, SearchResult } from '../domain/types.ts';
import { findPostById } from '../storage/posts.ts';
import { findQuestion, summaryOf } from '../storage/questions.ts';
import { createMarker, findMatches } from '../storage/search.ts';
import type { ForumContext } from './context.ts';
import { PAGE_SIZE } from './list-questions.ts';

const LIST = 'found';
/** Further down nobody looks; what was typed can be made more precise. */
const MOST_RESULTS = 200;

const marker = createMarker();

/** The ranked results are few and whole: a cursor among them is how many stand before it. */
function at(key: number): Cursor {
  return cursorOf({ list: LIST, direction: 'older', key, id: 0 });
}

/** `text` may be anything: words, "phrases", hostile. All the words must be in one post. No words, no results. */
export function searchQuestions(
  { database }: ForumContext,
  input: { readonly text: string; readonly cursor?: Cursor | undefined },
): Page<SearchResult> {
  const query = parseSearch(input.text);
  if (query === undefined) return { items: [], older: null, newer: null };
  const place = placeOf(input.cursor, LIST);
  const from = Math.min(Math.max(0, place?.key ?? 0), MOST_RESULTS - PAGE_SIZE);

  return database.snapshot(() => {
    const ranked = rankMatches(findMatches(database, query.all)).slice(0, MOST_RESULTS);
    const shown = ranked.slice(from, from + PAGE_SIZE).flatMap(({ questionId, postId }) => {
      const question = findQuestion(database, questionId);
      const post = findPostById(database, postId);
      const isThere = question !== undefined && question.deletedAt === null && post !== undefined;
      return isThere ? [{ summary: summaryOf(question), text: plainText(post.body) }] : [];
    });
    const marked = marker.mark(
      query.any,
      shown.map(({ text }) => text),
    );
    return {
      items: shown.map(({ summary }, index) => ({ ...summary, snippet: snippetHtml(pieceOf(marked[index] ?? '')) })),
      older: from + PAGE_SIZE < ranked.length ? at(from + PAGE_SIZE) : null,
      newer: from > 0 ? at(Math.max(0, from - PAGE_SIZE)) : null,
    };
  });
}
