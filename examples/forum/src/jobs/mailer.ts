import { createTransport, type NodemailerError } from 'nodemailer';
import type { ForumContext } from '../operations/context.ts';
import type { Settings } from '../settings.ts';
import { keepMail } from '../storage/kept-mails.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `refused`: it will never be taken, for that address. `later`: it was not taken now, and that is no fault of the mail. */
export type Sending = 'sent' | 'refused' | 'later';

export interface Mailer {
  /** Throws where nothing can be sent now. */
  ready(): Promise<void>;
  /** Throws where nobody knows whether it was sent. */
  send(mail: Mail): Promise<Sending>;
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
        return 'sent';
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
      if (!ADDRESS.test(to)) return 'refused';
      try {
        await transport.sendMail({ from: mailFrom, to: { name: '', address: to }, subject, text, headers });
        return 'sent';
      } catch (error) {
        return whyNot(error as NodemailerError);
      }
    },
    close: () => transport.close(),
  };
}

function whyNot(error: NodemailerError): Sending {
  const { responseCode, command, code, originalCode } = error;
  if (responseCode !== undefined) {
    // RFC 5321 §4.2.1: 5xx is for good. Whoever is not let in, or may not send at all, can set that right.
    return responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA') ? 'refused' : 'later';
  }
  if (code === 'EDNS' || originalCode === 'ECONNREFUSED') return 'later';
  throw error;
}
