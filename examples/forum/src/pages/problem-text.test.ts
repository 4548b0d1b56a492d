import { expect, test } from 'vitest';
import { checkQuestion } from '../operations/ask-question.ts';
import { formErrors } from './problem-text.ts';

test('what is wrong with a form is listed as its fields stand on the page', () => {
  const checked = checkQuestion({ title: 'Short', body: '', tags: ['A/B'] });
  expect('problems' in checked && Object.keys(formErrors(checked.problems))).toEqual(['title', 'body', 'tags']);
});
