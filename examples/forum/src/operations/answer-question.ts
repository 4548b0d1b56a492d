import { plainText } from '../domain/markdown.ts';
import { verdicts } from '../domain/may.ts';
import { allOf, checkText, limits } from '../domain/text.ts';
import type { AnswerId, QuestionId, Viewer, WriteOutcome } from '../domain/types.ts';
import { addToAuthor } from '../storage/authors.ts';
import { insertNotification } from '../storage/notifications.ts';
import { findRecentTwin, insertAnswerPost } from '../storage/posts.ts';
import { takeNextNumber } from '../storage/questions.ts';
import { putSearchable } from '../storage/search.ts';
import { refreshTags } from '../storage/tags.ts';
import { TWIN_MS } from './ask-question.ts';
import type { ForumContext } from './context.ts';
import { factsOf, findLivingPost, refused, takePace, writeAs } from './write.ts';

type Answered = WriteOutcome<{ id: AnswerId; number: number; questionId: QuestionId; slug: string }>;

/** The same text again within ten minutes gives the first answer again. */
export function answerQuestion(
  context: ForumContext,
  viewer: Viewer,
  input: { readonly questionId: QuestionId; readonly body: string },
): Answered {
  const checked = allOf({ body: checkText('body', input.body, limits.body) });
  if ('problems' in checked) return { kind: 'invalid', problems: checked.problems };
  const { body } = checked.values;
  const { questionId } = input;

  return writeAs<Answered>(context, viewer, (writing) => {
    const { database, now } = writing;
    const authorId = viewer.id;
    const found = findLivingPost(database, { kind: 'question', id: questionId });
    if (found === undefined) return refused('not_found');
    const { question } = found;
    const { slug } = question;
    const verdict = verdicts.add(factsOf(question));
    if (verdict !== undefined) return refused(verdict);
    const twin = findRecentTwin(database, { authorId, body, since: now - TWIN_MS, questionId });
    if (twin !== undefined) return { kind: 'done', id: twin.id, number: twin.number, questionId, slug };

    const tooFast = takePace(writing, authorId, 'answer');
    if (tooFast !== undefined) return tooFast;
    const number = takeNextNumber(database, questionId, now);
    const id = insertAnswerPost(database, { questionId, number, authorId, body, now });
    refreshTags(database, questionId);
    putSearchable(database, id, { title: '', body: plainText(body), tags: [] });
    addToAuthor(database, authorId, { answers: 1 });
    if (question.authorId !== authorId) {
      const to = question.authorId;
      insertNotification(database, { to, kind: 'answered', questionId, postId: id, by: authorId, now });
      writing.ringFor(to);
    }
    return { kind: 'done', id, number, questionId, slug };
  });
}
