import type { PostRef, VoteValue } from '../domain/types.ts';
import { postAddress } from './addresses.ts';
import { icon } from './icons.ts';
import { html, type Markup } from './markup.ts';

export interface VoteModel {
  readonly post: PostRef;
  readonly score: number;
  readonly viewerVote: VoteValue;
  readonly mayVote: boolean;
  /** “the question”, “answer 3”. */
  readonly what: string;
}

/** A button that is pressed takes its vote back. */
export function voteBox({ post, score, viewerVote, mayVote, what }: VoteModel): Markup {
  if (!mayVote)
    return html`<div class="votes"><span class="score">${score}<span class="visually-hidden">, score of ${what}</span></span><span class="score-word" aria-hidden="true">${score === 1 ? 'vote' : 'votes'}</span></div>`;
  return html`<form class="votes" method="post" action="${postAddress(post)}/vote" data-vote>
${voteButton(1, viewerVote, `Vote ${what} up`)}
<span class="score" data-score aria-live="polite">${score}<span class="visually-hidden">, score of ${what}</span></span>
${voteButton(-1, viewerVote, `Vote ${what} down`)}
</form>`;
}

function voteButton(value: 1 | -1, viewerVote: VoteValue, label: string): Markup {
  const isPressed = viewerVote === value;
  return html`<button class="vote" type="submit" name="value" value="${isPressed ? 0 : value}" data-value="${value}" aria-label="${label}" aria-pressed="${String(isPressed)}" title="${label}">${icon(value === 1 ? 'up' : 'down')}</button>`;
}
