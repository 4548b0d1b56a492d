import type { Answer, Viewer } from '../../domain/types.ts';
import {
  acceptAnswer,
  answerQuestion,
  deletePost,
  editAnswer,
  locateAnswer,
  readHistory,
  readQuestion,
  unacceptAnswer,
} from '../../operations/index.ts';
import { answerAddress, commentAnchor, postAnchor, questionAddress } from '../../pages/addresses.ts';
import { historyPage } from '../../pages/history-page.ts';
import { answerPage, editAnswerPage, FRESH } from '../../pages/post-forms.ts';
import type { App, AppContext } from '../environment.ts';
import { readForm } from '../form-body.ts';
import { HttpProblem } from '../http-problem.ts';
import { ID, idOf, revisionOf } from '../parameters.ts';
import { showPage } from '../show-page.ts';
import { submitReason } from '../submit-reason.ts';
import { doneOf, requireViewer, submit } from '../submit.ts';

export function mountAnswers(app: App): void {
  app.post(`/questions/${ID}/answers`, postAnswer);
  app.get(`/answers/${ID}`, findAnswer);
  app.get(`/answers/${ID}/edit`, (c) => {
    const { id, body, revisions, may } = readAnswer(c, requireViewer(c));
    if (!may.edit) throw new HttpProblem('forbidden');
    return showPage(c, editAnswerPage(id, body, String(revisions), FRESH));
  });
  app.post(`/answers/${ID}/edit`, postEdit);
  app.get(`/answers/${ID}/history`, (c) => {
    const { context, viewer } = c.var;
    const history = readHistory(context, viewer, { kind: 'answer', id: idOf(c) });
    if (history === undefined) throw new HttpProblem('not_found');
    return showPage(c, historyPage(history, context.clock()));
  });
  app.post(`/answers/${ID}/delete`, postDelete);
  app.post(`/answers/${ID}/accept`, (c) => {
    doneOf(acceptAnswer(c.var.context, requireViewer(c), { id: idOf(c) }));
    return c.redirect(answerAddress(idOf(c)), 303);
  });
  app.post(`/answers/${ID}/unaccept`, (c) => {
    doneOf(unacceptAnswer(c.var.context, requireViewer(c), { id: idOf(c) }));
    return c.redirect(answerAddress(idOf(c)), 303);
  });
}

async function postAnswer(c: AppContext): Promise<Response> {
  const form = await readForm(c);
  const { context, viewer: reader } = c.var;
  const questionId = idOf(c);
  const body = form.text('body');
  return submit(c, form, {
    write: (viewer) => answerQuestion(context, viewer, { questionId, body }),
    next: ({ id }) => answerAddress(id),
    again: (state) =>
      answerPage(readQuestion(context, reader, questionId, { sort: 'votes' })?.question, questionId, body, state),
    previewOf: 'body',
  });
}

/** Leads on to where the answer is: it may be on any page of its question. */
function findAnswer(c: AppContext): Response {
  const place = locateAnswer(c.var.context, idOf(c));
  if (place === undefined) throw new HttpProblem('not_found');
  const comment = c.req.query('comment') ?? '';
  const anchor = /^[1-9]\d{0,14}$/.test(comment)
    ? commentAnchor(Number(comment))
    : postAnchor({ kind: 'answer', id: idOf(c) });
  const address = questionAddress({ id: place.questionId, slug: place.slug }, { sort: 'oldest', cursor: place.cursor });
  return c.redirect(`${address}#${anchor}`, 303);
}

function readAnswer(c: AppContext, viewer: Viewer): Answer {
  const { context } = c.var;
  const id = idOf(c);
  const place = locateAnswer(context, id);
  const cursor = place?.cursor ?? undefined;
  const found = place && readQuestion(context, viewer, place.questionId, { sort: 'oldest', cursor });
  const answer = found?.answers.items.find((item) => item.id === id);
  if (answer === undefined) throw new HttpProblem('not_found');
  return answer;
}

async function postEdit(c: AppContext): Promise<Response> {
  const form = await readForm(c);
  const id = idOf(c);
  const body = form.text('body');
  return submit(c, form, {
    write: (viewer) => editAnswer(c.var.context, viewer, { id, body, revision: revisionOf(form) }),
    next: () => answerAddress(id),
    again: (state) => editAnswerPage(id, body, form.text('revision'), state),
    previewOf: 'body',
  });
}

function postDelete(c: AppContext): Promise<Response> {
  const id = idOf(c);
  return submitReason(c, {
    title: 'Delete the answer',
    cancel: answerAddress(id),
    write: (viewer, reason) =>
      deletePost(c.var.context, viewer, { post: { kind: 'answer', id }, ...(reason && { reason }) }),
    next: ({ questionId, slug }) => questionAddress({ id: questionId, slug }),
  });
}
