import { verdicts } from '../domain/may.ts';
import { allOf, checkLine, limits } from '../domain/text.ts';
import type { Outcome, QuestionId, Viewer, WriteOutcome } from '../domain/types.ts';
import { setLock } from '../storage/questions.ts';
import type { ForumContext } from './context.ts';
import { findLivingPost, logModeration, refused, writeAs } from './write.ts';

type Locked = Outcome<{ questionId: QuestionId; slug: string }>;

function setLocked(context: ForumContext, viewer: Viewer, id: QuestionId, reason: string | null): Locked {
  return writeAs<Locked>(context, viewer, (writing) => {
    const { database, now } = writing;
    const verdict = verdicts.lock(viewer);
    if (verdict !== undefined) return refused(verdict);
    const found = findLivingPost(database, { kind: 'question', id });
    if (found === undefined) return refused('not_found');
    const { post, question } = found;
    // Of two moderators, the first one's reason stays, and stands in the log alone.
    if ((question.lockedAt !== null) !== (reason !== null)) {
      setLock(database, id, reason === null ? null : now, reason);
      const action = reason === null ? 'question_unlocked' : 'question_locked';
      logModeration(writing, viewer, { action, post, reason: reason ?? undefined });
    }
    return { kind: 'done', questionId: id, slug: question.slug };
  });
}

/** By moderators. `reason` is shown on the page: 1 to 200 characters. */
export function lockQuestion(
  context: ForumContext,
  viewer: Viewer,
  input: { readonly id: QuestionId; readonly reason: string },
): WriteOutcome<{ questionId: QuestionId; slug: string }> {
  const checked = allOf({ reason: checkLine('reason', input.reason, limits.reason) });
  if ('problems' in checked) return { kind: 'invalid', problems: checked.problems };
  return setLocked(context, viewer, input.id, checked.values.reason);
}

export function unlockQuestion(context: ForumContext, viewer: Viewer, input: { readonly id: QuestionId }): Locked {
  return setLocked(context, viewer, input.id, null);
}
