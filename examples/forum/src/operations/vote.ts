import { verdicts } from '../domain/may.ts';
import type { Outcome, PostRef, QuestionId, Viewer, VoteValue } from '../domain/types.ts';
import { addToAuthor } from '../storage/authors.ts';
import { gatherVote, ungatherVote } from '../storage/notifications.ts';
import { addToScore } from '../storage/posts.ts';
import { setQuestionScore } from '../storage/questions.ts';
import { refreshTags } from '../storage/tags.ts';
import { findVote, putVote } from '../storage/votes.ts';
import type { ForumContext } from './context.ts';
import { factsOf, findLivingPost, refused, takePace, writeAs } from './write.ts';

type Voted = Outcome<{ score: number; viewerVote: VoteValue; questionId: QuestionId; slug: string }>;

/** Sets the viewer's vote; 0 takes it back. The same vote again changes nothing: a double click is one vote. */
export function vote(
  context: ForumContext,
  viewer: Viewer,
  { post: ref, value }: { readonly post: PostRef; readonly value: VoteValue },
): Voted {
  return writeAs<Voted>(context, viewer, (writing) => {
    const { database, now } = writing;
    const found = findLivingPost(database, ref);
    if (found === undefined) return refused('not_found');
    const { post, question } = found;
    const verdict = verdicts.vote(viewer, post, factsOf(question));
    if (verdict !== undefined) return refused(verdict);

    const done = { kind: 'done', viewerVote: value, questionId: question.id, slug: question.slug } as const;
    const before = findVote(database, post.id, viewer.id);
    if (before === value) return { ...done, score: post.score };
    const tooFast = takePace(writing, viewer.id, 'vote');
    if (tooFast !== undefined) return tooFast;

    putVote(database, post.id, viewer.id, value);
    const score = addToScore(database, post.id, value - before);
    addToAuthor(database, post.authorId, { score: value - before });
    if (post.number === 0) {
      setQuestionScore(database, question.id, score);
      refreshTags(database, question.id);
    }
    // Votes against somebody are not announced, nor is who voted.
    if (value === 1) gatherVote(database, { to: post.authorId, questionId: question.id, postId: post.id, now });
    else if (before === 1) ungatherVote(database, post.id);
    if (value === 1 || before === 1) writing.ringFor(post.authorId);
    return { ...done, score };
  });
}
