import type { AnswerSort, Question, QuestionPage, Viewer } from '../../domain/types.ts';
import {
  askQuestion,
  deletePost,
  editQuestion,
  lockQuestion,
  readHistory,
  readQuestion,
  unlockQuestion,
} from '../../operations/index.ts';
import { questionAddress } from '../../pages/addresses.ts';
import { historyPage } from '../../pages/history-page.ts';
import { askPage, editQuestionPage, FRESH, type QuestionValues } from '../../pages/post-forms.ts';
import { questionPage } from '../../pages/question-page.ts';
import type { App, AppContext } from '../environment.ts';
import { readForm, type FormBody } from '../form-body.ts';
import { HttpProblem } from '../http-problem.ts';
import { choiceOf, cursorOf, ID, idOf, revisionOf } from '../parameters.ts';
import { showPage } from '../show-page.ts';
import { submitReason } from '../submit-reason.ts';
import { doneOf, requireViewer, submit } from '../submit.ts';

export function mountQuestions(app: App): void {
  app.get('/questions/ask', (c) => showPage(c, askPage({ title: '', body: '', tags: '' }, FRESH)));
  app.post('/questions', (c) => postQuestion(c));
  app.get(`/questions/${ID}/edit`, showEdit);
  app.post(`/questions/${ID}/edit`, postEdit);
  app.get(`/questions/${ID}/history`, (c) => {
    const { context, viewer } = c.var;
    const history = readHistory(context, viewer, { kind: 'question', id: idOf(c) });
    if (history === undefined) throw new HttpProblem('not_found');
    return showPage(c, historyPage(history, context.clock()));
  });
  app.post(`/questions/${ID}/delete`, postDelete);
  app.post(`/questions/${ID}/lock`, postLock);
  app.post(`/questions/${ID}/unlock`, (c) => {
    const { context } = c.var;
    const done = doneOf(unlockQuestion(context, requireViewer(c), { id: idOf(c) }));
    return c.redirect(questionAddress({ id: done.questionId, slug: done.slug }), 303);
  });
  app.get(`/questions/${ID}/:slug?`, showQuestion);
  // Links are cut short, too, where there is no word yet.
  app.get(`/questions/${ID}/`, showQuestion);
}

function showQuestion(c: AppContext): Response | Promise<Response> {
  const { context, viewer } = c.var;
  const sort = choiceOf(c, 'sort', ['votes', 'oldest', 'newest']);
  const found = read(c, viewer, sort);
  // One address for each question, and the words in it tell what it is about.
  if (c.req.param('slug') !== found.question.slug) {
    return c.redirect(
      questionAddress(found.question, { sort: c.req.query('sort'), cursor: c.req.query('cursor') }),
      301,
    );
  }
  return showPage(c, questionPage({ ...found, sort, viewer, now: context.clock() }));
}

function read(c: AppContext, viewer: Viewer | undefined, sort: AnswerSort): QuestionPage {
  const found = readQuestion(c.var.context, viewer, idOf(c), { sort, cursor: cursorOf(c) });
  if (found === undefined) throw new HttpProblem('not_found');
  return found;
}

function valuesOf(form: FormBody): QuestionValues {
  return { title: form.text('title'), body: form.text('body'), tags: form.text('tags') };
}

function toInput({ title, body, tags }: QuestionValues): { title: string; body: string; tags: readonly string[] } {
  return { title, body, tags: tags.split(/[\s,]+/u) };
}

async function postQuestion(c: AppContext): Promise<Response> {
  const form = await readForm(c);
  const values = valuesOf(form);
  return submit(c, form, {
    write: (viewer) => askQuestion(c.var.context, viewer, toInput(values)),
    next: questionAddress,
    again: (state) => askPage(values, state),
    previewOf: 'body',
  });
}

function showEdit(c: AppContext): Promise<Response> {
  const viewer = requireViewer(c);
  const { question } = read(c, viewer, 'votes');
  if (!question.may.edit) throw whyNot(question);
  const { id, title, body, tags, revisions } = question;
  return showPage(c, editQuestionPage(id, { title, body, tags: tags.join(' ') }, String(revisions), FRESH));
}

function whyNot({ isLocked }: Question): HttpProblem {
  return new HttpProblem(isLocked ? 'locked' : 'forbidden');
}

async function postEdit(c: AppContext): Promise<Response> {
  const form = await readForm(c);
  const id = idOf(c);
  const values = valuesOf(form);
  return submit(c, form, {
    write: (viewer) => editQuestion(c.var.context, viewer, { id, ...toInput(values), revision: revisionOf(form) }),
    next: questionAddress,
    again: (state) => editQuestionPage(id, values, form.text('revision'), state),
    previewOf: 'body',
  });
}

function postDelete(c: AppContext): Promise<Response> {
  const id = idOf(c);
  return submitReason(c, {
    title: 'Delete the question',
    cancel: `/questions/${id}`,
    write: (viewer, reason) =>
      deletePost(c.var.context, viewer, { post: { kind: 'question', id }, ...(reason && { reason }) }),
    next: () => '/',
  });
}

function postLock(c: AppContext): Promise<Response> {
  const id = idOf(c);
  return submitReason(c, {
    title: 'Lock the question',
    cancel: `/questions/${id}`,
    write: (viewer, reason) => lockQuestion(c.var.context, viewer, { id, reason }),
    next: ({ questionId, slug }) => questionAddress({ id: questionId, slug }),
  });
}
