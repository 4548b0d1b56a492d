import type { Problem, RefusalReason } from '../domain/types.ts';
import type { FormErrors } from './form-field.ts';

const NAMES: Readonly<Record<Problem['field'], string>> = {
  title: 'The title',
  body: 'The text',
  tags: 'Tags',
  text: 'The comment',
  reason: 'The reason',
  about: 'About you',
  name: 'The name',
};

/** What is wrong with a text, for whoever wrote it. */
function problemText({ field, code, limit }: Problem): string {
  const name = NAMES[field];
  switch (code) {
    case 'required':
      return field === 'tags' ? 'Give the question a tag or more.' : `${name} is missing.`;
    case 'too_short':
      return `${name} is too short${limit === undefined ? '' : `: at least ${limit} characters`}.`;
    case 'too_long':
      return field === 'tags'
        ? `A tag is too long${limit === undefined ? '' : `: at most ${limit} characters`}.`
        : `${name} is too long${limit === undefined ? '' : `: at most ${limit} characters`}.`;
    case 'too_many':
      return `${name}: too many${limit === undefined ? '' : `, at most ${limit}`}.`;
    case 'not_allowed':
      return field === 'tags'
        ? 'Tags are made of letters, digits and hyphens.'
        : `${name} has something in it that is not allowed.`;
  }
}

/** In the order of the fields; there is never more than one problem for each. */
export function formErrors(problems: readonly Problem[]): FormErrors {
  return Object.fromEntries(problems.map((problem) => [problem.field, problemText(problem)]));
}

/** Said above a form that came back as it was typed. */
export const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  not_found: 'What this belongs to was deleted meanwhile. Your text is still here: copy it before you leave the page.',
  forbidden: 'You may not change this any more. Your text is still here: copy it before you leave the page.',
  locked: 'The question was locked meanwhile. Your text is still here: copy it before you leave the page.',
  own_post: 'This is your own.',
  too_fast: 'You have posted very often just now. Your text is still here: try again a little later.',
  full: 'There are as many comments as there can be. Your text is still here: perhaps it is an answer.',
  changed_meanwhile:
    'Somebody changed this since you opened it. Your text is still here: compare it with what is there now.',
};
