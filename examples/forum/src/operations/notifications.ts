import type { AuthorId, Cursor, Digest, Instant, Notification, NotificationId, Page, Viewer } from '../domain/types.ts';
import { authorOf, claimDigestOf, type DigestClaim, listDigestReaders, releaseDigestOf } from '../storage/authors.ts';
import { readKeyset } from '../storage/keyset.ts';
import {
  countUnreadOf,
  listUnread,
  markAllRead,
  markOneRead,
  type NotificationRow,
  notificationsOf,
} from '../storage/notifications.ts';
import type { ForumContext } from './context.ts';
import { PAGE_SIZE } from './list-questions.ts';
import { write } from './write.ts';

const UNREAD_CAP = 100;
const MOST_IN_DIGEST = 20;
const DIGESTS_AT_ONCE = 100;

function notificationOf(row: NotificationRow): Notification {
  const { authorId, authorName, authorTitle, authorAnonymisedAt } = row;
  const by =
    authorId === null || authorName === null
      ? null
      : authorOf({ authorId, authorName, authorTitle, authorAnonymisedAt });
  return {
    id: row.id,
    kind: row.kind,
    question: { id: row.questionId, slug: row.slug, title: row.title },
    answerId: row.postId === row.questionId ? null : row.postId,
    commentId: row.commentId,
    by,
    count: row.count,
    createdAt: row.createdAt,
    isRead: row.readAt !== null,
  };
}

/** Newest first. */
export function listNotifications(
  { database }: ForumContext,
  viewer: Viewer,
  input: { readonly cursor?: Cursor | undefined },
): Page<Notification> {
  const list = notificationsOf(viewer.id);
  const { rows, older, newer } = readKeyset<NotificationRow>(database, list, input.cursor, PAGE_SIZE);
  return { items: rows.map(notificationOf), older, newer };
}

/** 100 stands for "100 or more". */
export function countUnread({ database }: ForumContext, authorId: AuthorId): number {
  return countUnreadOf(database, authorId, UNREAD_CAP);
}

/** Only the viewer's own. Returns how many became read. */
export function markRead(context: ForumContext, viewer: Viewer, ids: readonly NotificationId[] | 'all'): number {
  return write(context, ({ database, now, ringFor }) => {
    const changed =
      ids === 'all'
        ? markAllRead(database, viewer.id, now)
        : ids.filter((id) => markOneRead(database, viewer.id, id, now)).length;
    if (changed > 0) ringFor(viewer.id);
    return changed;
  });
}

/**
 * Digests of those who asked for one and got none since `since`, when the period began; of what came between the last one
 * and then, and was not read. By author id.
 */
export function* digestsDue(
  { database }: ForumContext,
  input: { readonly since: Instant; readonly after?: AuthorId | undefined },
): Generator<Digest, void, undefined> {
  const { since } = input;
  let after = input.after;
  for (;;) {
    const readers = listDigestReaders(database, { since, after, limit: DIGESTS_AT_ONCE });
    for (const { id, name, claimedAt } of readers) {
      const between = { authorId: id, since: claimedAt, before: since, limit: MOST_IN_DIGEST };
      const items = listUnread(database, between).map(notificationOf);
      if (items.length > 0) yield { authorId: id, authorName: name, items };
    }
    after = readers.at(-1)?.id;
    if (after === undefined) return;
  }
}

/** To be asked just before a digest is sent: gives a claim to one caller alone per period. */
export function claimDigest(
  context: ForumContext,
  input: { readonly authorId: AuthorId; readonly since: Instant },
): DigestClaim | undefined {
  return write(context, ({ database, now }) => claimDigestOf(database, input.authorId, input.since, now));
}

/** It was not sent, for sure: it is due again. */
export function releaseDigest(context: ForumContext, claim: DigestClaim): void {
  write(context, ({ database }) => releaseDigestOf(database, claim));
}
