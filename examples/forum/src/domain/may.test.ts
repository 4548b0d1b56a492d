import { describe, expect, test } from 'vitest';
import { mayWithAnswer, mayWithQuestion, verdicts } from './may.ts';
import type { AuthorId, Viewer } from './types.ts';

const asker = 'usr_asker' as AuthorId;
const answerer = 'usr_answerer' as AuthorId;

function viewerOf(id: string, isModerator = false): Viewer {
  return { id: id as AuthorId, name: id, isModerator };
}

const viewers = {
  nobody: undefined,
  asker: viewerOf('usr_asker'),
  answerer: viewerOf('usr_answerer'),
  other: viewerOf('usr_other'),
  moderator: viewerOf('usr_moderator', true),
};

const question = { authorId: asker, isLocked: false, isDeleted: false, answerCount: 1 };
const answer = { authorId: answerer, isDeleted: false, isAccepted: false };

/** What is allowed, as words. */
function allowed(may: object): string {
  return Object.entries(may)
    .flatMap(([name, is]) => (is === true ? [name] : []))
    .toSorted()
    .join(' ');
}

describe('who may do what with a question', () => {
  test.each([
    ['nobody', {}, ''],
    ['asker', {}, 'answer comment edit'],
    ['asker', { answerCount: 0 }, 'answer comment delete edit'],
    ['asker', { isLocked: true, answerCount: 0 }, ''],
    ['other', {}, 'answer comment vote'],
    ['other', { isLocked: true }, ''],
    ['moderator', {}, 'answer comment delete edit lock vote'],
    ['moderator', { isLocked: true }, 'delete edit lock'],
    ['moderator', { isDeleted: true }, ''],
    ['asker', { isDeleted: true }, ''],
  ] as const)('%s, %j', (viewer, facts, expected) => {
    expect(allowed(mayWithQuestion(viewers[viewer], { ...question, ...facts }))).toBe(expected);
  });
});

describe('who may do what with an answer', () => {
  test.each([
    ['nobody', {}, {}, ''],
    ['asker', {}, {}, 'accept comment vote'],
    ['asker', {}, { isLocked: true }, ''],
    ['answerer', {}, {}, 'comment delete edit'],
    ['answerer', { isAccepted: true }, {}, 'comment edit'],
    ['answerer', {}, { isLocked: true }, ''],
    ['other', {}, {}, 'comment vote'],
    ['moderator', {}, {}, 'comment delete edit vote'],
    ['moderator', { isAccepted: true }, { isLocked: true }, 'delete edit'],
    ['moderator', { isDeleted: true }, {}, ''],
    ['answerer', {}, { isDeleted: true }, ''],
  ] as const)('%s, %j, question %j', (viewer, facts, questionFacts, expected) => {
    expect(allowed(mayWithAnswer(viewers[viewer], { ...answer, ...facts }, { ...question, ...questionFacts }))).toBe(
      expected,
    );
  });
});

test.each([
  ['answerer', false, undefined],
  ['answerer', true, 'locked'],
  ['asker', false, 'forbidden'],
  ['moderator', true, undefined],
] as const)('%s takes a comment of the answerer away, question locked: %s, %s', (viewer, isLocked, verdict) => {
  const comment = { authorId: answerer };
  expect(verdicts.deleteComment(viewers[viewer], comment, { ...question, isLocked })).toBe(verdict);
});
