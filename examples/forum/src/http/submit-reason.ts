import type { Viewer, WriteOutcome } from '../domain/types.ts';
import { reasonPage } from '../pages/post-forms.ts';
import type { AppContext } from './environment.ts';
import { readForm } from './form-body.ts';
import { requireViewer, submit } from './submit.ts';

interface ReasonedAct<Result extends object> {
  /** What is done, as the button has it: `Lock the question`. */
  readonly title: string;
  readonly cancel: string;
  /** @param reason - As it was typed; empty for none. */
  readonly write: (viewer: Viewer, reason: string) => WriteOutcome<Result>;
  readonly next: (result: Result) => string;
}

/** A form of buttons and a reason, posted to its own address: where the reason was not good enough, it comes back. */
export async function submitReason<Result extends object>(
  c: AppContext,
  { title, cancel, write, next }: ReasonedAct<Result>,
): Promise<Response> {
  const form = await readForm(c);
  const reason = form.text('reason');
  requireViewer(c);
  return submit(c, form, {
    write: (viewer) => write(viewer, reason),
    next,
    again: (state) => reasonPage({ title, submit: title, action: c.req.path, cancel, reason }, state),
  });
}
