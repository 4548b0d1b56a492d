import { ROUTES } from '@latchkey/protocol';
import { mayBeRebound } from '../../domain/network/host-name.ts';
import { readOutbox } from '../../operations/deliver-mail.ts';
import { devOutboxPage } from '../../pages/dev-outbox-page.ts';
import { ApiError } from '../api-error.ts';
import { documented } from '../documentation.ts';
import type { App, AppContext, HttpDependencies } from '../environment.ts';

const MAX_MAILS = 100;

/** The outbox as a page and as JSON. Mounted in development only: it shows one-time links to anybody. */
export function mountDevMail(app: App, { operations }: HttpDependencies): void {
  const ownHostname = new URL(operations.policy.issuer).hostname;
  const mails = async (c: AppContext) => {
    // No cookie guards this page, so the name under which it was asked for has to.
    if (mayBeRebound(new URL(c.req.url).hostname, ownHostname)) {
      throw new ApiError('cross_site_request', { detail: `Open it at ${operations.policy.issuer}` });
    }
    return (await readOutbox(operations, MAX_MAILS)).map((mail) => ({ ...mail, links: linksIn(mail.text) }));
  };

  app.get(ROUTES.devMail, async (c) => c.html(devOutboxPage({ mails: await mails(c) })));
  app.get(
    ROUTES.devMailJson,
    documented({
      tag: 'Development',
      summary: 'Mails that would have been sent',
      answers: { 200: { description: 'The newest first' } },
      errors: ['cross_site_request'],
    }),
    async (c) =>
      c.json(
        (await mails(c)).map(({ to, subject, text, html, links, sentAt }) => ({
          to,
          subject,
          text,
          html,
          links,
          sentAt: new Date(sentAt).toISOString(),
        })),
      ),
  );
}

function linksIn(text: string): string[] {
  return text.match(/https?:\/\/\S+/g) ?? [];
}
