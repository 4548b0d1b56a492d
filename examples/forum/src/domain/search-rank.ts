/** A post with all the words in it. */
export interface Match {
  readonly postId: number;
  readonly questionId: number;
  readonly isQuestion: boolean;
  /** All words stand in the title or the tags. */
  readonly inTitle: boolean;
  readonly score: number;
}

export interface RankedQuestion {
  readonly questionId: number;
  /** Of its posts, the one to show a piece of. */
  readonly postId: number;
}

/**
 * Questions by their matching posts. A title counts most, then the question, then answers, more of them a little more;
 * votes count by their logarithm. Of equals, the newer one. How rare a word is cannot matter: all words must be there.
 */
export function rankMatches(matches: readonly Match[]): readonly RankedQuestion[] {
  const questions = new Map<number, { rank: number; best: Match; bestRank: number; extra: number }>();
  for (const match of matches) {
    const votes = Math.log2(1 + Math.max(0, match.score));
    const own = (match.inTitle ? 10 : 0) + (match.isQuestion ? 3 : 1) + votes;
    const known = questions.get(match.questionId);
    if (known === undefined) {
      questions.set(match.questionId, { rank: own, best: match, bestRank: own, extra: 0 });
      continue;
    }
    known.extra = Math.min(known.extra + 0.25, 1);
    if (own > known.bestRank) {
      known.best = match;
      known.bestRank = own;
    }
    known.rank = known.bestRank + known.extra;
  }
  return [...questions.entries()]
    .toSorted(([idA, a], [idB, b]) => b.rank - a.rank || idB - idA)
    .map(([questionId, { best }]) => ({ questionId, postId: best.postId }));
}
