import { excerptOf, plainText } from '../domain/markdown.ts';
import { slugOf } from '../domain/slug.ts';
import { allOf, checkLine, checkTags, checkText, limits } from '../domain/text.ts';
import type { QuestionId, Viewer, WriteOutcome } from '../domain/types.ts';
import { addToAuthor } from '../storage/authors.ts';
import { findRecentTwin, insertQuestionPost } from '../storage/posts.ts';
import { addToTotal, findQuestion, insertQuestion } from '../storage/questions.ts';
import { putSearchable } from '../storage/search.ts';
import { setTags } from '../storage/tags.ts';
import type { ForumContext } from './context.ts';
import { takePace, writeAs } from './write.ts';

/** How long the same text of the same author is the same post: a double click, a form sent again. */
export const TWIN_MS = 10 * 60_000;

export interface QuestionInput {
  readonly title: string;
  readonly body: string;
  readonly tags: readonly string[];
}

export function checkQuestion({ title, body, tags }: QuestionInput) {
  return allOf({
    title: checkLine('title', title, limits.title),
    body: checkText('body', body, limits.body),
    tags: checkTags(tags),
  });
}

/** The same text again within ten minutes gives the first question again. */
export function askQuestion(
  context: ForumContext,
  viewer: Viewer,
  input: QuestionInput,
): WriteOutcome<{ id: QuestionId; slug: string }> {
  const checked = checkQuestion(input);
  if ('problems' in checked) return { kind: 'invalid', problems: checked.problems };
  const { title, body, tags } = checked.values;
  const slug = slugOf(title);

  return writeAs<WriteOutcome<{ id: QuestionId; slug: string }>>(context, viewer, (writing) => {
    const { database, now } = writing;
    const authorId = viewer.id;
    const twin = findRecentTwin(database, { authorId, body, since: now - TWIN_MS, questionId: undefined });
    const twinQuestion = twin === undefined ? undefined : findQuestion(database, twin.id);
    if (twinQuestion?.title === title) return { kind: 'done', id: twinQuestion.id, slug: twinQuestion.slug };

    const tooFast = takePace(writing, authorId, 'ask');
    if (tooFast !== undefined) return tooFast;
    const id = insertQuestionPost(database, { authorId, body, now });
    insertQuestion(database, { id, authorId, title, slug, excerpt: excerptOf(body), tags, now });
    setTags(database, id, tags);
    putSearchable(database, id, { title, body: plainText(body), tags });
    addToAuthor(database, authorId, { questions: 1 });
    addToTotal(database, 1);
    return { kind: 'done', id, slug };
  });
}
