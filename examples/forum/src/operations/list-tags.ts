import { cleanLine, isTag } from '../domain/text.ts';
import type { Tag } from '../domain/types.ts';
import { listMostUsedTags, listTagsWithPrefix } from '../storage/tags.ts';
import type { ForumContext } from './context.ts';

const MOST_TAGS = 100;

/** Most used first; with `text`, those that begin with it. `limit` is 100 at most. */
export function listTags(
  { database }: ForumContext,
  input: { readonly text?: string | undefined; readonly limit: number },
): readonly Tag[] {
  const limit = Math.min(Math.max(1, Math.trunc(input.limit)), MOST_TAGS);
  const prefix = cleanLine((input.text ?? '').slice(0, 200)).toLowerCase();
  if (prefix === '') return listMostUsedTags(database, limit);
  return isTag(prefix) ? listTagsWithPrefix(database, prefix, limit) : [];
}
