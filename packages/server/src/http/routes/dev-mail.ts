import { ROUTES } from '@latchkey/protocol';
import { readOutbox } from '../../operations/deliver-mail.ts';
import { devOutboxPage } from '../../pages/dev-outbox-page.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

const MAX_MAILS = 100;

/** The outbox as a page and as JSON. Mounted in development only: it shows one-time links to anybody. */
export function mountDevMail(app: App, { operations }: HttpDependencies): void {
  const mails = async () =>
    (await readOutbox(operations, MAX_MAILS)).map((mail) => ({ ...mail, links: linksIn(mail.text) }));

  app.get(ROUTES.devMail, async (c) => c.html(devOutboxPage({ mails: await mails() })));
  app.get(
    ROUTES.devMailJson,
    documented({
      tag: 'Development',
      summary: 'Mails that would have been sent',
      answers: { 200: { description: 'The newest first' } },
    }),
    async (c) =>
      c.json(
        (await mails()).map(({ to, subject, text, html, links, sentAt }) => ({
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
