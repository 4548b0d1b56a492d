import { verdicts } from '../domain/may.ts';
import type { AnswerId, Outcome, QuestionId, Viewer } from '../domain/types.ts';
import { insertNotification } from '../storage/notifications.ts';
import { setAccepted } from '../storage/questions.ts';
import type { ForumContext } from './context.ts';
import { factsOf, findLivingPost, refused, writeAs } from './write.ts';

type Accepted = Outcome<{ questionId: QuestionId; slug: string }>;

function setAcceptance(context: ForumContext, viewer: Viewer, id: AnswerId, isAccepted: boolean): Accepted {
  return writeAs<Accepted>(context, viewer, (writing) => {
    const { database, now } = writing;
    const found = findLivingPost(database, { kind: 'answer', id });
    if (found === undefined) return refused('not_found');
    const { post, question } = found;
    const { id: questionId, slug } = question;
    const verdict = verdicts.accept(viewer, factsOf(question));
    if (verdict !== undefined) return refused(verdict);
    // A second click changes nothing, and tells nobody again.
    if ((question.acceptedId === id) === isAccepted) return { kind: 'done', questionId, slug };

    setAccepted(database, questionId, isAccepted ? id : null);
    if (isAccepted && post.authorId !== viewer.id) {
      const to = post.authorId;
      insertNotification(database, { to, kind: 'accepted', questionId, postId: id, by: viewer.id, now });
      writing.ringFor(to);
    }
    return { kind: 'done', questionId, slug };
  });
}

/** By the asker. Another answer that was accepted is not any more. */
export function acceptAnswer(context: ForumContext, viewer: Viewer, input: { readonly id: AnswerId }): Accepted {
  return setAcceptance(context, viewer, input.id, true);
}

export function unacceptAnswer(context: ForumContext, viewer: Viewer, input: { readonly id: AnswerId }): Accepted {
  return setAcceptance(context, viewer, input.id, false);
}
