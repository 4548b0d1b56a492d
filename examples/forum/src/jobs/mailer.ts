import { createTransport } from 'nodemailer';
import type { ForumContext } from '../operations/context.ts';
import type { Settings } from '../settings.ts';
import { keepMail } from '../storage/kept-mails.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Mailer {
  /** Throws where nothing can be sent now. */
  ready(): Promise<void>;
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** One address: no list, no name, nothing that ends a line. */
const ADDRESS = /^[^\s\p{Cc}<>()[\]\\,;:"@]+@[^\s\p{Cc}<>()[\]\\,;:"@]+$/u;

const SMTP_TIMEOUT_MS = 10_000;

/** Sends by SMTP, or keeps mails to be looked at where development has no server for them. */
export function createMailer({ smtpUrl, mailFrom }: Settings, { database, clock }: ForumContext): Mailer {
  if (smtpUrl === undefined) {
    return {
      ready: () => Promise.resolve(),
      send: async ({ to, subject, text, headers }) => {
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
        keepMail(database, { recipient: to, subject, body: text, headers: lines.join('\n'), sentAt: clock() });
      },
      close: () => undefined,
    };
  }
  const timeouts = {
    connectionTimeout: SMTP_TIMEOUT_MS,
    greetingTimeout: SMTP_TIMEOUT_MS,
    socketTimeout: SMTP_TIMEOUT_MS,
  };
  // What a mail says is never a path or an address to be read.
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...timeouts,
  });
  return {
    ready: async () => void (await transport.verify()),
    send: async ({ to, subject, text, headers }) => {
      if (!ADDRESS.test(to)) throw new TypeError('This is not one address');
      await transport.sendMail({ from: mailFrom, to: { name: '', address: to }, subject, text, headers });
    },
    close: () => transport.close(),
  };
}
