import { PAGES } from '@latchkey/protocol';
import { confirmEmailChange } from '../../../operations/confirm-email-change.ts';
import { undoEmailChange } from '../../../operations/undo-email-change.ts';
import { mailedLinkFailedPage } from '../../../pages/mailed-link-failed-page.ts';
import { mailedLinkDonePage, mailedLinkPage, type EmailChangeLink } from '../../../pages/mailed-link-page.ts';
import { askingSession } from '../../current-session.ts';
import type { App, AppContext, HttpDependencies } from '../../environment.ts';
import { readForm } from '../../request-body.ts';

export function mountEmailChangePages(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;

  // Opening a link changes nothing: scanners of mail servers open links too.
  app.get(PAGES.confirmEmailChange, show('confirm'));
  app.get(PAGES.undoEmailChange, show('undo'));

  app.post(PAGES.confirmEmailChange, async (c) => {
    const asking = await askingSession(c, dependencies);
    const result = await confirmEmailChange(operations, { token: await tokenOf(c), asking }, c.var.caller);
    if (result.kind === 'invalid_token') return c.html(mailedLinkFailedPage({ kind: 'confirm' }), 400);
    return c.html(mailedLinkDonePage({ kind: 'confirm', signedIn: asking?.userId === result.userId }));
  });

  app.post(PAGES.undoEmailChange, async (c) => {
    const result = await undoEmailChange(operations, { token: await tokenOf(c) }, c.var.caller);
    if (result.kind === 'invalid_token') return c.html(mailedLinkFailedPage({ kind: 'undo' }), 400);
    return c.html(mailedLinkDonePage({ kind: 'undo', signedIn: false }));
  });
}

async function tokenOf(c: AppContext): Promise<string> {
  return (await readForm(c)).get('token') ?? '';
}

function show(kind: EmailChangeLink) {
  return (c: AppContext) => {
    const token = c.req.query('token');
    return token === undefined ? c.html(mailedLinkFailedPage({ kind }), 400) : c.html(mailedLinkPage({ kind, token }));
  };
}
