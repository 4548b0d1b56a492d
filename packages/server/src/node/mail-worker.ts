import type { Secret } from '../domain/secrets/secret.ts';
import type { Log } from '../http/environment.ts';
import type { OperationContext } from '../operations/context.ts';
import { deliverMail, type MailTransport } from '../operations/deliver-mail.ts';
import { every, type Repeating } from './repeat.ts';

const POLL_MS = 1000;
const SMTP_TIMEOUT_MS = 20_000;

/** A transport to an SMTP server. The library is loaded here: most servers that somebody tries have none. */
export async function smtpTransport(url: Secret<'smtp-url'>, from: string): Promise<MailTransport> {
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    url: url.reveal(),
    connectionTimeout: SMTP_TIMEOUT_MS,
    greetingTimeout: SMTP_TIMEOUT_MS,
    socketTimeout: SMTP_TIMEOUT_MS,
  });
  return {
    send: async (mail, id) => {
      const { to, subject, text, html } = mail;
      const messageId = `<${id}@${from.replace(/^.*@|>$/g, '')}>`;
      // RFC 3834 §5: keeps out-of-office replies away.
      const headers = { 'Auto-Submitted': 'auto-generated' };
      await transport.sendMail({ from, to, subject, text, html, messageId, headers });
    },
  };
}

/** Sends what waits in the outbox, now and then; each mail is retried with growing waits. */
export function startMailWorker(context: OperationContext, transport: MailTransport, log: Log): Repeating {
  return every(POLL_MS, log, 'mail', async (isStopping) => {
    while (!isStopping()) {
      const result = await deliverMail(context, transport);
      if (result.kind === 'nothing_due') return;
      if (result.kind !== 'sent') log.warn({ err: result.error, outcome: result.kind }, 'mail not sent');
    }
  });
}
