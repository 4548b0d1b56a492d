import type { Instant } from '../domain/instant.ts';
import type { MailKind } from '../domain/mail/messages.ts';
import type { Queries, Tx } from './store.ts';

/** A mail as it waits: its content is encrypted, because it may hold a one-time link. */
export interface OutboxMail {
  readonly id: string;
  readonly kind: MailKind;
  readonly to: string;
  readonly contentSealed: Uint8Array;
  readonly createdAt: Instant;
  readonly attempts: number;
}

export async function enqueueMail(tx: Tx, mail: Omit<OutboxMail, 'attempts'>): Promise<void> {
  await tx
    .insertInto('mail_outbox')
    .values({
      id: mail.id,
      kind: mail.kind,
      to_address: mail.to,
      content_sealed: mail.contentSealed,
      created_at: mail.createdAt,
      next_attempt_at: mail.createdAt,
      attempts: 0,
    })
    .execute();
}

/** The newest mails first: the development outbox. */
export async function listMails(queries: Queries, limit: number): Promise<readonly OutboxMail[]> {
  const rows = await queries
    .selectFrom('mail_outbox')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toMail);
}

/**
 * Claims the oldest mail that is due by moving its next attempt to `retryAt` before it is sent: of several
 * nodes one gets it, and if that one dies another tries again later.
 */
export async function claimDueMail(
  tx: Tx,
  now: Instant,
  retryAt: (attempts: number) => Instant,
): Promise<OutboxMail | undefined> {
  const row = await tx
    .selectFrom('mail_outbox')
    .selectAll()
    .where('next_attempt_at', '<=', now)
    .orderBy('next_attempt_at')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const attempts = row.attempts + 1;
  await tx
    .updateTable('mail_outbox')
    .set({ attempts, next_attempt_at: retryAt(attempts) })
    .where('id', '=', row.id)
    .execute();
  return toMail({ ...row, attempts });
}

/** A mail that was sent, or given up, has no use any more: its content goes with it. */
export async function deleteMail(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('mail_outbox').where('id', '=', id).execute();
}

/** Removes the mails of a kind, or all, that wait for an address. */
export async function deleteMailsTo(tx: Tx, address: string, kind?: MailKind): Promise<void> {
  await tx
    .deleteFrom('mail_outbox')
    .where('to_address', '=', address)
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind as MailKind))
    .execute();
}

function toMail(row: {
  id: string;
  kind: string;
  to_address: string;
  content_sealed: Uint8Array;
  created_at: number;
  attempts: number;
}): OutboxMail {
  return {
    id: row.id,
    kind: row.kind as MailKind,
    to: row.to_address,
    contentSealed: row.content_sealed,
    createdAt: row.created_at,
    attempts: row.attempts,
  };
}
