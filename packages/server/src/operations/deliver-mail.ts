import { MINUTE_MS, SECOND_MS, type Instant } from '../domain/instant.ts';
import type { MailMessage } from '../domain/mail/messages.ts';
import { unseal } from '../domain/secrets/seal.ts';
import { claimDueMail, deleteMail, listMails, type OutboxMail } from '../storage/mail-outbox.ts';
import { audit, type OperationContext } from './context.ts';

/** Hands a mail to a mail server; resolves once that server has taken it. */
export interface MailTransport {
  send(mail: MailMessage, id: string): Promise<void>;
}

/** After this many attempts, over about two days, a mail is given up. */
const MAX_ATTEMPTS = 12;
const FIRST_RETRY_MS = 30 * SECOND_MS;
const LONGEST_RETRY_MS = 360 * MINUTE_MS;

/** Doubling waits. The first also bounds how long a node may take to send before another one tries. */
function retryAt(now: Instant, attempts: number): Instant {
  return now + Math.min(FIRST_RETRY_MS * 2 ** attempts, LONGEST_RETRY_MS);
}

export type DeliverMailResult =
  | { readonly kind: 'nothing_due' }
  | { readonly kind: 'sent' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'given_up'; readonly error: unknown };

/** Sends the mail that is due longest, if any. The row goes once it is sent, and its content with it. */
export async function deliverMail(context: OperationContext, transport: MailTransport): Promise<DeliverMailResult> {
  const { store, clock } = context;
  const claimed = await store.transaction((tx) => claimDueMail(tx, clock(), (attempts) => retryAt(clock(), attempts)));
  if (claimed === undefined) return { kind: 'nothing_due' };
  try {
    await transport.send(openMail(context, claimed), claimed.id);
  } catch (error) {
    if (claimed.attempts < MAX_ATTEMPTS) return { kind: 'failed', error };
    await giveUp(context, claimed);
    return { kind: 'given_up', error };
  }
  await store.transaction((tx) => deleteMail(tx, claimed.id));
  return { kind: 'sent' };
}

async function giveUp(context: OperationContext, mail: OutboxMail): Promise<void> {
  await context.store.transaction(async (tx) => {
    await deleteMail(tx, mail.id);
    await audit(context, tx, context.clock(), {
      type: 'mail.given_up',
      outcome: 'failure',
      actor: 'server',
      target: mail.id,
      caller: null,
      details: { kind: mail.kind, attempts: mail.attempts },
    });
  });
}

export interface DevelopmentMail extends MailMessage {
  readonly id: string;
  readonly sentAt: Instant;
}

/** The newest mails of the outbox, opened: for the development outbox only. */
export async function readOutbox(context: OperationContext, limit: number): Promise<readonly DevelopmentMail[]> {
  const mails = await listMails(context.store.queries, limit);
  return mails.map((mail) => ({ ...openMail(context, mail), id: mail.id, sentAt: mail.createdAt }));
}

function openMail(context: OperationContext, mail: OutboxMail): MailMessage {
  const content = unseal(context.keys.mailEncryption, mail.contentSealed, mail.id);
  if (content === undefined) throw new Error('The mail was encrypted under another LATCHKEY_SECRET');
  return JSON.parse(content) as MailMessage;
}
