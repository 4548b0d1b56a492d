import { HTTPException } from 'hono/http-exception';
import { signInAddress } from '../pages/addresses.ts';
import { layout } from '../pages/layout.ts';
import { messagePage, type MessageModel } from '../pages/message-page.ts';
import type { AppContext } from './environment.ts';
import { HttpProblem, type HttpProblemCode } from './http-problem.ts';
import { showPage } from './show-page.ts';
import { wantsPage } from './wants-page.ts';

/** Turns whatever was thrown into an answer: a page for people, a problem document (RFC 9457) for programs. */
export async function answerProblem(error: unknown, c: AppContext): Promise<Response> {
  const problem = toProblem(error);
  if (problem.status === 500) c.var.log.error({ err: error, path: c.req.path }, 'request failed');
  const { retryAfterSeconds } = problem.options;
  if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds));
  // RFC 9110 §15.5.2 asks for a challenge. People sign in on a page.
  if (problem.status === 401) c.header('WWW-Authenticate', 'Cookie realm="sawal", form-action="/sign-in"');
  if (!wantsPage(c)) return answerDocument(c, problem);
  const page = messagePage(messageOf(problem, c));
  if (problem.status !== 500) return showPage(c, page, problem.status);
  // What a page asks for may be what is broken.
  const nobody = { viewer: undefined, slot: undefined, accounts: [], unread: 0, here: '/' };
  return c.html(layout(page, nobody), problem.status, { 'Cache-Control': 'no-store' });
}

function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof HTTPException && error.status === 413) return new HttpProblem('body_too_large');
  return new HttpProblem('internal_error');
}

function answerDocument(c: AppContext, { code, status, options }: HttpProblem): Response {
  const { title, message } = MESSAGES[code];
  const body = { type: 'about:blank', title, status, code, detail: options.detail ?? message };
  return c.body(JSON.stringify(body), status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
  });
}

function messageOf({ code, status, options }: HttpProblem, c: AppContext): MessageModel {
  const { title, message } = MESSAGES[code];
  const model = { title, status, message: options.detail ?? message };
  if (code !== 'not_signed_in') return model;
  const next = c.req.method === 'GET' ? c.req.path : '/';
  return { title, message: model.message, icon: 'person', actions: [{ label: 'Sign in', href: signInAddress(next) }] };
}

const MESSAGES: Readonly<Record<HttpProblemCode, { readonly title: string; readonly message: string }>> = {
  bad_request: {
    title: 'This address has something wrong in it',
    message: 'Perhaps a link was cut short, or changed on its way. Start again from the questions.',
  },
  not_signed_in: { title: 'Sign in first', message: 'This is for those who have signed in.' },
  forbidden: { title: 'You may not do that', message: 'It is up to the author, or to a moderator.' },
  cross_site_request: {
    title: 'That came from another site',
    message: 'For your safety, what starts on another site is refused. Open the page here and try again.',
  },
  locked: { title: 'This question is locked', message: 'It can be read, but not be changed or answered any more.' },
  own_post: { title: 'That one is your own', message: 'Votes are for what others wrote.' },
  not_found: {
    title: 'There is nothing here',
    message: 'What you look for was never here, or somebody took it away. A link may have been cut short, too.',
  },
  method_not_allowed: { title: 'That cannot be done here', message: 'This address knows no such request.' },
  conflict: { title: 'It has changed meanwhile', message: 'Load the page again, and see whether you still want to.' },
  body_too_large: { title: 'That is too much at once', message: 'Make it shorter, or post it in parts.' },
  unsupported_media_type: { title: 'We do not read this', message: 'Forms are sent as forms.' },
  invalid_input: { title: 'Something is missing', message: 'Go back and have another look at what you wrote.' },
  too_fast: { title: 'A little slower, please', message: 'You have done this very often just now. Try again later.' },
  too_many_streams: { title: 'Too many pages are open', message: 'Close some of them, and the others stay live.' },
  internal_error: { title: 'Something went wrong here', message: 'It is not your fault. The problem has been logged.' },
  accounts_unavailable: {
    title: 'Nobody can be recognised just now',
    message: 'The server that knows the accounts cannot be reached. Read on; posting works again in a moment.',
  },
};
