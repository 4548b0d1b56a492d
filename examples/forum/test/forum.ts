import type { AuthorId, Invalid, Refused, Viewer } from '../src/domain/types.ts';
import { createBell } from '../src/operations/bell.ts';
import type { ForumContext } from '../src/operations/context.ts';
import { answerQuestion, askQuestion, upsertAuthor } from '../src/operations/index.ts';
import { openDatabase } from '../src/storage/open-database.ts';

export const START = Date.UTC(2026, 0, 1);

export interface TestForum {
  readonly context: ForumContext;
  /** Milliseconds. */
  readonly pass: (time: number) => void;
  readonly member: (name: string, rights?: Partial<Viewer>) => Viewer;
}

export function openForum(path = ':memory:'): TestForum {
  let now = START;
  const context: ForumContext = { database: openDatabase(path), clock: () => now, bell: createBell() };
  return {
    context,
    pass: (time) => {
      now += time;
    },
    member(name, rights) {
      const viewer = { id: `usr_${name}` as AuthorId, name, isModerator: false, ...rights };
      upsertAuthor(context, viewer);
      return viewer;
    },
  };
}

type Outcome = { readonly kind: 'done' } | Refused | Invalid;

/** The result, which must be 'done'. */
export function done<T extends Outcome>(outcome: T): Extract<T, { kind: 'done' }> {
  if (outcome.kind !== 'done') throw new Error(`expected done, got ${JSON.stringify(outcome)}`);
  return outcome as Extract<T, { kind: 'done' }>;
}

/** 'done', the reason of a refusal, or the problems as `field:code`. */
export function verdictOf(outcome: Outcome): string {
  if (outcome.kind === 'refused') return outcome.reason;
  if (outcome.kind === 'invalid') return outcome.problems.map(({ field, code }) => `${field}:${code}`).join(' ');
  return 'done';
}

export function ask(
  { context }: TestForum,
  viewer: Viewer,
  more: { title?: string; body?: string; tags?: string[] } = {},
) {
  const text = { title: 'Where is a JWT stored?', body: 'In which storage?', tags: ['jwt'], ...more };
  return done(askQuestion(context, viewer, text));
}

export function answer({ context }: TestForum, viewer: Viewer, questionId: number, body = 'In a cookie.') {
  return done(answerQuestion(context, viewer, { questionId, body }));
}
