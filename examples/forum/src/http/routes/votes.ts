import type { PostRef, VoteValue } from '../../domain/types.ts';
import { vote } from '../../operations/index.ts';
import { answerAddress, questionAddress } from '../../pages/addresses.ts';
import type { App, AppContext } from '../environment.ts';
import { readForm } from '../form-body.ts';
import { HttpProblem } from '../http-problem.ts';
import { ID, idOf } from '../parameters.ts';
import { doneOf, requireViewer } from '../submit.ts';
import { wantsPage } from '../wants-page.ts';

export function mountVotes(app: App): void {
  app.post(`/questions/${ID}/vote`, (c) => postVote(c, { kind: 'question', id: idOf(c) }));
  app.post(`/answers/${ID}/vote`, (c) => postVote(c, { kind: 'answer', id: idOf(c) }));
}

const VALUES: Readonly<Record<string, VoteValue>> = { '1': 1, '0': 0, '-1': -1 };

/** Back to the post; the script of the page gets the numbers instead. */
async function postVote(c: AppContext, post: PostRef): Promise<Response> {
  const form = await readForm(c);
  const viewer = requireViewer(c);
  const text = form.text('value');
  const value = Object.hasOwn(VALUES, text) ? VALUES[text] : undefined;
  if (value === undefined) throw new HttpProblem('invalid_input');
  const { score, viewerVote, questionId, slug } = doneOf(vote(c.var.context, viewer, { post, value }));
  if (!wantsPage(c)) return c.json({ score, viewerVote });
  const address = post.kind === 'question' ? questionAddress({ id: questionId, slug }) : answerAddress(post.id);
  return c.redirect(address, 303);
}
