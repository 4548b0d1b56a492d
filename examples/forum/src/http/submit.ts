import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Invalid, Outcome, Refused, Viewer, WriteOutcome } from '../domain/types.ts';
import { previewText } from '../operations/index.ts';
import { signInAddress } from '../pages/addresses.ts';
import type { PageFrame } from '../pages/frame.ts';
import { html, sanitized } from '../pages/markup.ts';
import type { FormState } from '../pages/post-forms.ts';
import { formErrors, REFUSALS } from '../pages/problem-text.ts';
import { addressInSlot } from '../pages/slot-address.ts';
import type { AppContext } from './environment.ts';
import type { FormBody } from './form-body.ts';
import { HttpProblem } from './http-problem.ts';
import { refusal } from './refusal.ts';
import { showPage } from './show-page.ts';

/** A text that somebody posted. */
interface Submission<Result extends object> {
  /** What it does, for whoever is signed in. */
  readonly write: (viewer: Viewer) => WriteOutcome<Result>;
  /** Where to go when it is done. */
  readonly next: (result: Result) => string;
  /** The form once more, with all that was typed. */
  readonly again: (state: FormState) => PageFrame;
  /** The field that can be looked at before it is posted. */
  readonly previewOf?: 'body' | 'about';
}

/** Whatever goes wrong, what somebody typed comes back in its form: nothing is lost. */
export async function submit<Result extends object>(
  c: AppContext,
  form: FormBody,
  { write, next, again, previewOf }: Submission<Result>,
): Promise<Response> {
  const { viewer } = c.var;
  if (viewer === undefined) return showPage(c, again(nobodyState(c)), nobodyStatus(c));
  if (previewOf !== undefined && form.has('preview')) {
    const outcome = previewText(c.var.context, viewer, { field: previewOf, text: form.text(previewOf) });
    if (outcome.kind !== 'done') return showAgain(c, again, outcome);
    return showPage(c, again({ errors: {}, preview: sanitized(outcome.html) }));
  }
  const outcome = write(viewer);
  return outcome.kind === 'done' ? c.redirect(next(outcome), 303) : showAgain(c, again, outcome);
}

function showAgain(c: AppContext, again: Submission<object>['again'], outcome: Invalid | Refused): Promise<Response> {
  if (outcome.kind === 'invalid') return showPage(c, again({ errors: formErrors(outcome.problems) }), 422);
  if (outcome.retryAfterSeconds !== undefined) c.header('Retry-After', String(outcome.retryAfterSeconds));
  return showPage(c, again({ errors: { form: REFUSALS[outcome.reason] } }), refusal(outcome).status);
}

function nobodyStatus(c: AppContext): ContentfulStatusCode {
  if (c.var.accountsUnavailable !== true) {
    c.header('WWW-Authenticate', 'Cookie realm="sawal", form-action="/sign-in"');
    return 401;
  }
  c.header('Retry-After', '5');
  return 503;
}

function nobodyState(c: AppContext): FormState {
  if (c.var.accountsUnavailable === true) {
    const form =
      'Nobody can be recognised just now: the server with the accounts cannot be reached. Your text is still here. Try again in a moment.';
    return { errors: { form } };
  }
  const action = html`<p><a href="${addressInSlot(signInAddress('/accounts'), c.var.slot)}" target="_blank">Sign in in a new tab</a>, then come back to this one and post again.</p>`;
  return { errors: { form: 'You are not signed in. Your text is still here.' }, action };
}

/** Whoever presses a button that writes nothing: somebody, or a page that says why not. */
export function requireViewer(c: AppContext): Viewer {
  const { viewer, accountsUnavailable } = c.var;
  if (viewer !== undefined) return viewer;
  if (accountsUnavailable === true) throw new HttpProblem('accounts_unavailable', { retryAfterSeconds: 5 });
  throw new HttpProblem('not_signed_in');
}

/** The result of a button; a page that says why not is thrown. */
export function doneOf<Result extends object>(outcome: Outcome<Result>): Result {
  if (outcome.kind === 'refused') throw refusal(outcome);
  return outcome;
}
