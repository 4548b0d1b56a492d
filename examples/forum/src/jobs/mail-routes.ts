import type { Hono } from 'hono';
import type { Seals } from '../accounts/sealed.ts';
import type { AppContext, AppEnvironment } from '../http/environment.ts';
import { readForm } from '../http/form-body.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { showPage } from '../http/show-page.ts';
import { unsubscribe } from '../operations/unsubscribe.ts';
import type { Settings } from '../settings.ts';
import { listKeptMails } from '../storage/kept-mails.ts';
import { mailPage, unsubscribedPage, unsubscribePage } from './mail-pages.ts';
import { readUnsubscribeToken } from './unsubscribe-link.ts';

export interface MailRouteParts {
  readonly settings: Pick<Settings, 'mode' | 'smtpUrl'>;
  readonly seals: Seals;
  /** Sends the weekly mails that are due; undefined where the forum cannot. */
  readonly sendNow: (() => Promise<void>) | undefined;
}

/** `/unsubscribe`, and in development `/dev/mail`. */
export function mountMailPages(routes: Hono<AppEnvironment>, { settings, seals, sendNow }: MailRouteParts): void {
  const authorOf = (token: string) => {
    const id = readUnsubscribeToken(seals, token);
    if (id === undefined) throw new HttpProblem('bad_request');
    return id;
  };

  // Mail programs and their guards follow links by themselves: only a form ends anything.
  routes.get('/unsubscribe', (c) => {
    const token = c.req.query('token') ?? '';
    authorOf(token);
    return showPage(c, unsubscribePage(token));
  });

  // RFC 8058 §3.2: posted by a mail provider, without a cookie; the address says who. Or by our page.
  routes.post('/unsubscribe', async (c) => {
    unsubscribe(c.var.context, authorOf(c.req.query('token') ?? (await readForm(c)).text('token')));
    return showPage(c, unsubscribedPage());
  });

  if (settings.mode !== 'development' || settings.smtpUrl !== undefined) return;
  const showMails = (c: AppContext) =>
    showPage(c, mailPage(listKeptMails(c.var.context.database), sendNow !== undefined));
  routes.get('/dev/mail', showMails);
  routes.post('/dev/mail', async (c) => {
    await sendNow?.();
    return c.redirect('/dev/mail', 303);
  });
}
