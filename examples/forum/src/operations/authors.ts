import { renderMarkdown } from '../domain/markdown.ts';
import { allOf, checkLine, checkText, cleanLine, isVisible, limits } from '../domain/text.ts';
import type { AuthorId, Outcome, Profile, Viewer, WriteOutcome } from '../domain/types.ts';
import { anonymise, authorOf, findAuthor, listActiveAuthorIds, putAuthor, setProfile } from '../storage/authors.ts';
import type { ForumContext } from './context.ts';
import { refused, write, writeAs } from './write.ts';

const FORMER_MEMBER = 'A former member';
const IDS_AT_ONCE = 500;

export function readProfile({ database }: ForumContext, id: AuthorId): Profile | undefined {
  const row = findAuthor(database, id);
  if (row === undefined) return undefined;
  return {
    author: authorOf(row),
    about: row.about,
    aboutHtml: renderMarkdown(row.about),
    questionCount: row.questionCount,
    answerCount: row.answerCount,
    score: row.score,
    joinedAt: row.joinedAt,
    digest: row.digest === 1,
  };
}

/** `title` up to 60 characters, `about` up to 2,000; empty ones take it away. */
export function changeProfile(
  context: ForumContext,
  viewer: Viewer,
  input: { readonly title: string; readonly about: string; readonly digest: boolean },
): WriteOutcome {
  const checked = allOf({
    title: checkLine('title', input.title, limits.authorTitle),
    about: checkText('about', input.about, limits.about),
  });
  if ('problems' in checked) return { kind: 'invalid', problems: checked.problems };
  const { title, about } = checked.values;
  return writeAs<WriteOutcome>(context, viewer, ({ database }) => {
    setProfile(database, viewer.id, { title: title === '' ? null : title, about, digest: input.digest });
    return { kind: 'done' };
  });
}

/** At each sign-in: the name as Latchkey has it now. Refused ('forbidden') for an id that was anonymised. */
export function upsertAuthor(context: ForumContext, input: { readonly id: AuthorId; readonly name: string }): Outcome {
  // Latchkey has its own rules for names: what does not fit here is made to fit, and never keeps anybody out.
  const name = [...cleanLine(input.name.slice(0, 1_000))].slice(0, limits.name.max).join('').trim();
  return write<Outcome>(context, ({ database, now }) =>
    putAuthor(database, input.id, isVisible(name) ? name : 'Somebody', now) ? { kind: 'done' } : refused('forbidden'),
  );
}

/** Ids in order, for the sweep that asks Latchkey who still exists: up to 500 above `after`. */
export function listAuthorIds({ database }: ForumContext, after: AuthorId | undefined): readonly AuthorId[] {
  return listActiveAuthorIds(database, after, IDS_AT_ONCE);
}

/** Name, title and about are gone; posts stay. Idempotent, and for good: the id never gets a name again. */
export function anonymiseAuthor(context: ForumContext, id: AuthorId): void {
  write(context, ({ database, now }) => anonymise(database, id, FORMER_MEMBER, now));
}
