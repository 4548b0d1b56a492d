import type { EndlessStory } from './coexistence.ts';
import type { Failure, Path } from './explore.ts';
import type { Move } from './moves.ts';
import type { Policy } from './policy.ts';

/** Tells how an invariant is broken. */
export function tellFailure<Row>(policy: Policy<Row>, { path, words }: Failure<Row>, tickSeconds: number): string {
  const told = narrate(policy, path, tickSeconds);
  if (words === undefined) return told;
  return told === '' ? words : `${told} · ${words}`;
}

/** Tells how victim and thief go on side by side. */
export function tellEndless<Row>(policy: Policy<Row>, { path, round }: EndlessStory<Row>, tickSeconds: number): string {
  return `${narrate(policy, path, tickSeconds)} · [ ${narrate(policy, round, tickSeconds)} ] and so on for ever`;
}

/** Tells a path in words: "tab 1 sends g0 · server rotates to g1 · the answer is lost · 30 s pass · …". */
function narrate<Row>(policy: Policy<Row>, path: Path<Row>, tickSeconds: number): string {
  const sentences: string[] = [];
  let ticks = 0;
  const settle = (): void => {
    if (ticks > 0) sentences.push(`${ticks * tickSeconds} s pass`);
    ticks = 0;
  };
  for (const { move } of path) {
    if (move.kind === 'wait') {
      ticks += 1;
      continue;
    }
    settle();
    sentences.push(sentenceOf(policy, move));
  }
  settle();
  return sentences.join(' · ');
}

function sentenceOf<Row>(policy: Policy<Row>, move: Exclude<Move<Row>, { kind: 'wait' }>): string {
  switch (move.kind) {
    case 'send':
      return `tab ${move.tab + 1} ${move.phase === 'read' ? 'reads with' : 'sends'} ${policy.nameOf(move.credential)}`;
    case 'receive':
      return `tab ${move.tab + 1} receives ${policy.nameOf(move.credential)}`;
    case 'lose':
      return move.flight.phase !== 'answer'
        ? `tab ${move.tab + 1}'s request is lost`
        : `the answer ${policy.nameOf(move.flight.credential)} to tab ${move.tab + 1} is lost`;
    case 'restart':
      return `the browser crashes and comes back with ${policy.nameOf(move.credential)}`;
    case 'failover':
      return 'the database fails over and forgets its last commits';
    case 'steal':
      return `a thief copies ${policy.nameOf(move.credential)}`;
    case 'use':
      return `${senderOf(move)}${policy.nameOf(move.credential)}${move.twice ? ' twice' : ''}: server ${move.outcome.words}`;
  }
}

function senderOf<Row>({ by, tab }: Extract<Move<Row>, { kind: 'use' }>): string {
  if (by === 'thief') return 'the thief uses ';
  return tab === undefined ? "the crashed browser's " : `tab ${tab + 1}'s `;
}
