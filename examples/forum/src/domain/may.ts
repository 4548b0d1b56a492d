import type { AnswerMay, AuthorId, QuestionMay, RefusalReason, Viewer } from './types.ts';

/** What permissions are decided by. */
export interface QuestionFacts {
  readonly authorId: AuthorId;
  readonly isLocked: boolean;
  readonly isDeleted: boolean;
  /** Answers that are not deleted. */
  readonly answerCount: number;
}

export interface AnswerFacts {
  readonly authorId: AuthorId;
  readonly isDeleted: boolean;
  readonly isAccepted: boolean;
}

/** Undefined: yes. */
type Verdict = RefusalReason | undefined;

/**
 * Who may do what. Pages hide what is refused here, and operations ask again within their transaction: one table for
 * both.
 */
export const verdicts = {
  /** A post nobody sees any more takes nothing; a locked question takes only what moderators do. */
  edit(viewer: Viewer, post: { readonly authorId: AuthorId }, question: QuestionFacts): Verdict {
    if (viewer.isModerator) return undefined;
    if (viewer.id !== post.authorId) return 'forbidden';
    return question.isLocked ? 'locked' : undefined;
  },
  /** Others have put work into the answers: an asker cannot take those along. */
  deleteQuestion(viewer: Viewer, question: QuestionFacts): Verdict {
    if (viewer.isModerator) return undefined;
    if (viewer.id !== question.authorId || question.answerCount > 0) return 'forbidden';
    return question.isLocked ? 'locked' : undefined;
  },
  deleteAnswer(viewer: Viewer, answer: AnswerFacts, question: QuestionFacts): Verdict {
    if (viewer.isModerator) return undefined;
    if (viewer.id !== answer.authorId || answer.isAccepted) return 'forbidden';
    return question.isLocked ? 'locked' : undefined;
  },
  deleteComment(viewer: Viewer, comment: { readonly authorId: AuthorId }, question: QuestionFacts): Verdict {
    if (viewer.isModerator) return undefined;
    if (viewer.id !== comment.authorId) return 'forbidden';
    return question.isLocked ? 'locked' : undefined;
  },
  vote(viewer: Viewer, post: { readonly authorId: AuthorId }, question: QuestionFacts): Verdict {
    if (viewer.id === post.authorId) return 'own_post';
    return question.isLocked ? 'locked' : undefined;
  },
  /** Answers and comments. */
  add(question: QuestionFacts): Verdict {
    return question.isLocked ? 'locked' : undefined;
  },
  accept(viewer: Viewer, question: QuestionFacts): Verdict {
    if (viewer.id !== question.authorId) return 'forbidden';
    return question.isLocked ? 'locked' : undefined;
  },
  lock(viewer: Viewer): Verdict {
    return viewer.isModerator ? undefined : 'forbidden';
  },
} as const;

export function mayWithQuestion(viewer: Viewer | undefined, question: QuestionFacts): QuestionMay {
  if (viewer === undefined || question.isDeleted) {
    return { edit: false, delete: false, vote: false, comment: false, lock: false, answer: false };
  }
  return {
    edit: verdicts.edit(viewer, question, question) === undefined,
    delete: verdicts.deleteQuestion(viewer, question) === undefined,
    vote: verdicts.vote(viewer, question, question) === undefined,
    comment: verdicts.add(question) === undefined,
    lock: verdicts.lock(viewer) === undefined,
    answer: verdicts.add(question) === undefined,
  };
}

export function mayWithAnswer(viewer: Viewer | undefined, answer: AnswerFacts, question: QuestionFacts): AnswerMay {
  if (viewer === undefined || answer.isDeleted || question.isDeleted) {
    return { edit: false, delete: false, vote: false, comment: false, accept: false };
  }
  return {
    edit: verdicts.edit(viewer, answer, question) === undefined,
    delete: verdicts.deleteAnswer(viewer, answer, question) === undefined,
    vote: verdicts.vote(viewer, answer, question) === undefined,
    comment: verdicts.add(question) === undefined,
    accept: verdicts.accept(viewer, question) === undefined,
  };
}
