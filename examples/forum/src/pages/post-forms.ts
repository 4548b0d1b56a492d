import { limits } from '../domain/text.ts';
import type { PostRef, QuestionLink } from '../domain/types.ts';
import { postAddress, questionAddress } from './addresses.ts';
import {
  errorSummary,
  hiddenField,
  markdownField,
  previewButton,
  textArea,
  textField,
  titleWithErrors,
  type FormErrors,
} from './form-field.ts';
import type { PageFrame } from './frame.ts';
import { html, type Content, type Markup } from './markup.ts';

/** How a form comes back: what is wrong, what to do about it, and what the text will look like. */
export interface FormState {
  readonly errors: FormErrors;
  /** Below the errors: a link that helps. */
  readonly action?: Content;
  readonly preview?: Markup | undefined;
}

export const FRESH: FormState = { errors: {} };

export interface QuestionValues {
  readonly title: string;
  readonly body: string;
  readonly tags: string;
}

interface FormPageModel {
  readonly title: string;
  readonly lead?: Content;
  readonly action: string;
  readonly fields: Content;
  readonly submit: string;
  readonly cancel: string;
  readonly state: FormState;
  readonly hasPreview?: boolean;
}

function formPage({
  title,
  lead,
  action,
  fields,
  submit,
  cancel,
  state,
  hasPreview = false,
}: FormPageModel): PageFrame {
  const content = html`<h1>${title}</h1>
${lead && html`<p class="lead">${lead}</p>`}
${errorSummary(state.errors, state.action)}
<form class="card stack" method="post" action="${action}">
${fields}
<div class="actions"><button class="button button-primary" type="submit">${submit}</button>${hasPreview && previewButton('body')}<a class="button button-quiet" href="${cancel}">Cancel</a></div>
</form>`;
  return { title: titleWithErrors(title, state.errors), width: 'column', content, isHidden: true };
}

function questionFields({ title, body, tags }: QuestionValues, { errors, preview }: FormState): Markup {
  return html`${textField({ name: 'title', label: 'Title', hint: 'One sentence, as you would say it to a colleague.', value: title, error: errors['title'], maxLength: limits.title.max })}
${markdownField({ name: 'body', label: 'Question', value: body, error: errors['body'], maxLength: limits.body.max, rows: 12, preview })}
${textField({ name: 'tags', label: 'Tags', hint: `One to ${limits.tags.max}, with spaces between them: jwt cookies security`, value: tags, error: errors['tags'], maxLength: 400 })}`;
}

export function askPage(values: QuestionValues, state: FormState): PageFrame {
  const page = formPage({
    title: 'Ask a question',
    lead: 'Say what you try to do, what you expected, and what happens instead.',
    action: '/questions',
    hasPreview: true,
    fields: questionFields(values, state),
    submit: 'Post the question',
    cancel: '/',
    state,
  });
  return { ...page, section: 'ask', isHidden: false };
}

/** `revision`: what the form was filled with, so that nobody overwrites what they have not seen. */
export function editQuestionPage(id: number, values: QuestionValues, revision: string, state: FormState): PageFrame {
  return formPage({
    title: 'Edit the question',
    lead: html`What it said before stays in its <a href="/questions/${id}/history">history</a>.`,
    action: `/questions/${id}/edit`,
    hasPreview: true,
    fields: html`${hiddenField('revision', revision)}${questionFields(values, state)}`,
    submit: 'Save the question',
    cancel: `/questions/${id}`,
    state,
  });
}

export function editAnswerPage(id: number, body: string, revision: string, state: FormState): PageFrame {
  return formPage({
    title: 'Edit the answer',
    lead: html`What it said before stays in its <a href="/answers/${id}/history">history</a>.`,
    action: `/answers/${id}/edit`,
    hasPreview: true,
    fields: html`${hiddenField('revision', revision)}${bodyField('Answer', body, state)}`,
    submit: 'Save the answer',
    cancel: `/answers/${id}`,
    state,
  });
}

/** Where an answer could not be posted from the page of its question. */
export function answerPage(question: QuestionLink | undefined, id: number, body: string, state: FormState): PageFrame {
  return formPage({
    title: 'Your answer',
    lead: question && html`To <a href="${questionAddress(question)}">${question.title}</a>`,
    action: `/questions/${id}/answers`,
    hasPreview: true,
    fields: bodyField('Answer', body, state),
    submit: 'Post the answer',
    cancel: `/questions/${id}`,
    state,
  });
}

/** Where a comment could not be posted from the page of its question. */
export function commentPage(post: PostRef, text: string, state: FormState): PageFrame {
  return formPage({
    title: 'Your comment',
    action: `${postAddress(post)}/comments`,
    fields: textArea({
      name: 'text',
      label: 'Comment',
      value: text,
      error: state.errors['text'],
      maxLength: limits.comment.max,
      rows: 4,
    }),
    submit: 'Post the comment',
    cancel: postAddress(post),
    state,
  });
}

interface ReasonModel {
  readonly title: string;
  readonly action: string;
  readonly submit: string;
  readonly cancel: string;
  readonly reason: string;
}

/** Where a moderator's reason was not good enough. */
export function reasonPage({ reason, ...model }: ReasonModel, state: FormState): PageFrame {
  const fields = textField({
    name: 'reason',
    label: 'Reason',
    value: reason,
    error: state.errors['reason'],
    maxLength: limits.reason.max,
  });
  return formPage({ ...model, fields, state });
}

function bodyField(label: string, body: string, { errors, preview }: FormState): Markup {
  return markdownField({
    name: 'body',
    label,
    value: body,
    error: errors['body'],
    maxLength: limits.body.max,
    rows: 12,
    preview,
  });
}
