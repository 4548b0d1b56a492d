import { isTag, limits } from '../../domain/text.ts';
import { listModerationLog, listTags, previewText } from '../../operations/index.ts';
import { aboutPage } from '../../pages/about-page.ts';
import { moderationPage } from '../../pages/moderation-page.ts';
import { tagsPage } from '../../pages/tags-page.ts';
import type { App, AppContext } from '../environment.ts';
import { readForm } from '../form-body.ts';
import { HttpProblem } from '../http-problem.ts';
import { cursorOf } from '../parameters.ts';
import { showPage } from '../show-page.ts';
import { doneOf, requireViewer } from '../submit.ts';

const TAGS_SHOWN = 100;

/** Pages that are one function each. */
export function mountOtherPages(app: App, issuer: string): void {
  app.get('/about', (c) => showPage(c, aboutPage(new URL(issuer).host)));
  app.get('/tags', showTags);
  app.get('/moderation', (c) => {
    const { context } = c.var;
    const page = listModerationLog(context, requireViewer(c), { cursor: cursorOf(c) });
    if (page === undefined) throw new HttpProblem('forbidden', { detail: 'This is for moderators.' });
    return showPage(c, moderationPage(page, context.clock()));
  });
  app.post('/preview', (c) => postPreview(c));
}

function showTags(c: AppContext): Promise<Response> {
  const text = (c.req.query('q') ?? '').trim().toLowerCase();
  const isPossible = text === '' || isTag(text);
  const tags = isPossible ? listTags(c.var.context, { text: text === '' ? undefined : text, limit: TAGS_SHOWN }) : [];
  return showPage(c, tagsPage(tags, text.slice(0, limits.tag.max)));
}

/** What a text in Markdown will look like. For those who could post it: rendering costs more than asking. */
async function postPreview(c: AppContext): Promise<Response> {
  const form = await readForm(c);
  const outcome = previewText(c.var.context, requireViewer(c), { field: 'body', text: form.text('body') });
  if (outcome.kind === 'invalid') throw new HttpProblem('invalid_input');
  return c.json({ html: doneOf(outcome).html });
}
