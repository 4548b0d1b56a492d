import { countUnread, listNotifications, markRead } from '../../operations/index.ts';
import { notificationsPage } from '../../pages/notifications-page.ts';
import type { App, AppContext } from '../environment.ts';
import { readForm } from '../form-body.ts';
import { HttpProblem } from '../http-problem.ts';
import { cursorOf } from '../parameters.ts';
import { showPage } from '../show-page.ts';
import { requireViewer } from '../submit.ts';
import { wantsPage } from '../wants-page.ts';

/** More than a page has. */
const MAX_IDS = 100;

export function mountNotifications(app: App): void {
  app.get('/notifications', (c) => {
    const { context } = c.var;
    const viewer = requireViewer(c);
    const page = listNotifications(context, viewer, { cursor: cursorOf(c) });
    return showPage(c, notificationsPage({ page, unread: countUnread(context, viewer.id), now: context.clock() }));
  });
  app.post('/notifications/read', (c) => postRead(c));
}

/** `all=yes`, or `id=…` once or more. */
async function postRead(c: AppContext): Promise<Response> {
  const form = await readForm(c);
  const viewer = requireViewer(c);
  const ids = form.all('id');
  const isAll = form.text('all') === 'yes';
  const areIds = ids.length > 0 && ids.length <= MAX_IDS && ids.every((id) => /^[1-9]\d{0,14}$/.test(id));
  if (isAll === areIds) throw new HttpProblem('invalid_input');
  markRead(c.var.context, viewer, isAll ? 'all' : ids.map(Number));
  if (!wantsPage(c)) return c.body(null, 204);
  return c.redirect('/notifications', 303);
}
