import type { Instant } from '../domain/types.ts';
import type { ForumDatabase } from './database.ts';

/** A mail that nobody sent: in development it can be looked at instead. */
export interface KeptMail {
  readonly id: number;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  /** As `Name: value`, one a line. */
  readonly headers: string;
  readonly sentAt: Instant;
}

/** As many as one likes to look at. */
const MAX_KEPT = 100;

export function keepMail(database: ForumDatabase, mail: Omit<KeptMail, 'id'>): void {
  database
    .statement('INSERT INTO kept_mails (recipient, subject, body, headers, sent_at) VALUES (?, ?, ?, ?, ?)')
    .run(mail.recipient, mail.subject, mail.body, mail.headers, mail.sentAt);
  database.statement('DELETE FROM kept_mails WHERE id <= (SELECT max(id) FROM kept_mails) - ?').run(MAX_KEPT);
}

/** Newest first. */
export function listKeptMails(database: ForumDatabase): readonly KeptMail[] {
  return database
    .statement<KeptMail>(
      'SELECT id, recipient, subject, body, headers, sent_at AS sentAt FROM kept_mails ORDER BY id DESC',
    )
    .all();
}
