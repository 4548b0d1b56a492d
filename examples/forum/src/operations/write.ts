import { decidePace, type PacedAct } from '../domain/pace.ts';
import type { QuestionFacts } from '../domain/may.ts';
import type { AuthorId, Instant, ModerationAction, PostRef, Refused, RefusalReason, Viewer } from '../domain/types.ts';
import { isActiveAuthor } from '../storage/authors.ts';
import type { ForumDatabase } from '../storage/database.ts';
import { insertModeration } from '../storage/moderation-log.ts';
import { findPace, putPace } from '../storage/paces.ts';
import { findPost, type PostRow } from '../storage/posts.ts';
import { findQuestion, type QuestionRow } from '../storage/questions.ts';
import type { ForumContext } from './context.ts';

/** What an operation has within its transaction. */
export interface Writing {
  readonly database: ForumDatabase;
  readonly now: Instant;
  /** Whose notifications have changed: their bell rings after the commit. */
  readonly ringFor: (authorId: AuthorId) => void;
}

export function refused(reason: RefusalReason): Refused {
  return { kind: 'refused', reason };
}

/** One transaction for `work`; then, and only if it was committed, the bells. */
export function write<T>(context: ForumContext, work: (writing: Writing) => T): T {
  const { database, bell } = context;
  const toRing = new Set<AuthorId>();
  const result = database.transaction(() =>
    work({ database, now: context.clock(), ringFor: (authorId) => toRing.add(authorId) }),
  );
  for (const authorId of toRing) bell.ring(authorId);
  return result;
}

/** Like `write`, by somebody whom the forum knows. A former member is nobody. */
export function writeAs<T>(
  context: ForumContext,
  viewer: Viewer,
  work: (writing: Writing) => T | Refused,
): T | Refused {
  return write(context, (writing) =>
    isActiveAuthor(writing.database, viewer.id) ? work(writing) : refused('forbidden'),
  );
}

/** Counts an act; undefined: go on. To be called last before something is written. */
export function takePace({ database, now }: Writing, authorId: AuthorId, act: PacedAct): Refused | undefined {
  const decision = decidePace(act, findPace(database, authorId, act), now);
  if (decision.kind === 'wait') {
    return { kind: 'refused', reason: 'too_fast', retryAfterSeconds: decision.retryAfterSeconds };
  }
  putPace(database, authorId, act, decision.wholeAt);
  return undefined;
}

export interface FoundPost {
  readonly post: PostRow;
  readonly question: QuestionRow;
}

/** A post that is there, with its question that is there. */
export function findLivingPost(database: ForumDatabase, ref: PostRef): FoundPost | undefined {
  const post = findPost(database, ref);
  if (post === undefined || post.deletedAt !== null) return undefined;
  const question = findQuestion(database, post.questionId);
  return question === undefined || question.deletedAt !== null ? undefined : { post, question };
}

export function factsOf(question: QuestionRow): QuestionFacts {
  return {
    authorId: question.authorId,
    isLocked: question.lockedAt !== null,
    isDeleted: question.deletedAt !== null,
    answerCount: question.answerCount,
  };
}

/** Writes down what a moderator did to another's post. */
export function logModeration(
  { database, now }: Writing,
  viewer: Viewer,
  {
    action,
    post,
    commentId,
    reason,
  }: {
    readonly action: ModerationAction;
    readonly post: { readonly id: number; readonly questionId: number };
    readonly commentId?: number;
    readonly reason?: string | undefined;
  },
): void {
  insertModeration(database, {
    at: now,
    action,
    moderatorId: viewer.id,
    actor: viewer.actor,
    questionId: post.questionId,
    postId: post.id,
    ...(commentId !== undefined && { commentId }),
    reason: reason === '' ? undefined : reason,
  });
}
