import { expect, test } from 'vitest';
import { listQuestions, readQuestion, searchQuestions } from '../src/operations/index.ts';
import { seedFirstQuestion } from '../src/seed/first-question.ts';
import { openForum } from './forum.ts';

test('a new forum begins with one question, three answers and the first of them accepted', () => {
  const { context } = openForum();
  expect(seedFirstQuestion(context)).toBe(true);
  const [question] = listQuestions(context, { sort: 'newest' }).items;
  expect(question).toMatchObject({ title: 'Where is a JWT stored?', answerCount: 3, hasAccepted: true });
  const page = readQuestion(context, undefined, question!.id, { sort: 'votes' });
  expect(page?.answers.items.map(({ number, isAccepted }) => [number, isAccepted])).toEqual([
    [1, true],
    [2, false],
    [3, false],
  ]);
  expect(page?.answers.items[0]?.html).toContain('<table>');
  expect(page?.answers.items[1]?.html).toContain('<code class="language-ts">');
  expect(searchQuestions(context, { text: 'localStorage' }).items).toHaveLength(1);
});

test('it is written once, and never into a forum with a question', () => {
  const forum = openForum();
  seedFirstQuestion(forum.context);
  forum.pass(86_400_000);
  expect(seedFirstQuestion(forum.context)).toBe(false);
  expect(listQuestions(forum.context, { sort: 'newest' }).items).toHaveLength(1);
});
