/**
 * All operations of the forum. Each is one transaction. Reading gives `undefined` for what is not there; writing gives
 * a tagged union. Ids and cursors must have been parsed; texts may be anything.
 */
import type {
  AnswerId,
  AnswerSort,
  AnswerSummary,
  AuthorId,
  CommentId,
  Cursor,
  Digest,
  History,
  Instant,
  ModerationEntry,
  Notification,
  NotificationId,
  Outcome,
  Page,
  PostRef,
  Profile,
  QuestionId,
  QuestionPage,
  QuestionSort,
  QuestionSummary,
  SearchResult,
  Tag,
  Viewer,
  VoteValue,
  WriteOutcome,
} from '../domain/types.ts';
import type { ForumContext } from './context.ts';

function todo(): never {
  throw new Error('not built yet');
}

// Reading

/** A cursor of another sort begins at the first page. `limit` is 20 where not given, and 50 at most. */
export function listQuestions(
  _context: ForumContext,
  _input: { sort: QuestionSort; tag?: string | undefined; cursor?: Cursor | undefined; limit?: number | undefined },
): Page<QuestionSummary> {
  return todo();
}

/** Newest first. */
export function listQuestionsOf(
  _context: ForumContext,
  _author: AuthorId,
  _input: { cursor?: Cursor | undefined },
): Page<QuestionSummary> {
  return todo();
}

/** Newest first. */
export function listAnswersOf(
  _context: ForumContext,
  _author: AuthorId,
  _input: { cursor?: Cursor | undefined },
): Page<AnswerSummary> {
  return todo();
}

/** Kept, not counted. */
export function countQuestions(_context: ForumContext, _input: { tag?: string | undefined }): number {
  return todo();
}

/** `text` may be anything: words, "phrases", hostile. No words, no results. */
export function searchQuestions(
  _context: ForumContext,
  _input: { text: string; cursor?: Cursor | undefined },
): Page<SearchResult> {
  return todo();
}

/** Deleted questions are there for moderators alone. Sorted by votes, the accepted answer is the first. */
export function readQuestion(
  _context: ForumContext,
  _viewer: Viewer | undefined,
  _id: QuestionId,
  _input: { sort: AnswerSort; cursor?: Cursor | undefined },
): QuestionPage | undefined {
  return todo();
}

/** Where an answer is shown: the page of its question, sorted 'oldest', at this cursor (null: the first page). */
export function locateAnswer(
  _context: ForumContext,
  _id: AnswerId,
): { questionId: QuestionId; slug: string; number: number; cursor: Cursor | null } | undefined {
  return todo();
}

/** Of deleted posts for moderators alone. */
export function readHistory(_context: ForumContext, _viewer: Viewer | undefined, _post: PostRef): History | undefined {
  return todo();
}

// Writing

/** The same text again within ten minutes (a double click) gives the first question again. */
export function askQuestion(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { title: string; body: string; tags: readonly string[] },
): WriteOutcome<{ id: QuestionId; slug: string }> {
  return todo();
}

export function answerQuestion(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { questionId: QuestionId; body: string },
): WriteOutcome<{ id: AnswerId; number: number; questionId: QuestionId; slug: string }> {
  return todo();
}

export function commentOn(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { post: PostRef; text: string },
): WriteOutcome<{ id: CommentId; questionId: QuestionId; slug: string }> {
  return todo();
}

/** `revision`: the `revisions` of the post that the form was filled with. */
export function editQuestion(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { id: QuestionId; title: string; body: string; tags: readonly string[]; revision?: number | undefined },
): WriteOutcome<{ id: QuestionId; slug: string }> {
  return todo();
}

export function editAnswer(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { id: AnswerId; body: string; revision?: number | undefined },
): WriteOutcome<{ id: AnswerId; questionId: QuestionId; slug: string }> {
  return todo();
}

/** Deleting again is 'not_found'. */
export function deletePost(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { post: PostRef; reason?: string | undefined },
): WriteOutcome<{ questionId: QuestionId; slug: string }> {
  return todo();
}

export function deleteComment(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { id: CommentId; reason?: string | undefined },
): WriteOutcome<{ questionId: QuestionId; slug: string; post: PostRef }> {
  return todo();
}

/** Sets the viewer's vote; 0 takes it back. The same vote again changes nothing. */
export function vote(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { post: PostRef; value: VoteValue },
): Outcome<{ score: number; viewerVote: VoteValue; questionId: QuestionId; slug: string }> {
  return todo();
}

/** By the asker. Another answer that was accepted is not any more. */
export function acceptAnswer(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { id: AnswerId },
): Outcome<{ questionId: QuestionId; slug: string }> {
  return todo();
}

export function unacceptAnswer(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { id: AnswerId },
): Outcome<{ questionId: QuestionId; slug: string }> {
  return todo();
}

/** By moderators. `reason` is shown on the page: 1 to 200 characters. */
export function lockQuestion(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { id: QuestionId; reason: string },
): WriteOutcome<{ questionId: QuestionId; slug: string }> {
  return todo();
}

export function unlockQuestion(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { id: QuestionId },
): Outcome<{ questionId: QuestionId; slug: string }> {
  return todo();
}

// Notifications

export function listNotifications(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { cursor?: Cursor | undefined },
): Page<Notification> {
  return todo();
}

/** 100 stands for "100 or more". */
export function countUnread(_context: ForumContext, _authorId: AuthorId): number {
  return todo();
}

/** Only the viewer's own. Returns how many became read. */
export function markRead(_context: ForumContext, _viewer: Viewer, _ids: readonly NotificationId[] | 'all'): number {
  return todo();
}

// Authors

export function readProfile(_context: ForumContext, _id: AuthorId): Profile | undefined {
  return todo();
}

/** `title` up to 60 characters, `about` up to 2,000; empty ones take it away. */
export function changeProfile(
  _context: ForumContext,
  _viewer: Viewer,
  _input: { title: string; about: string; digest: boolean },
): WriteOutcome {
  return todo();
}

/** At each sign-in: the name as Latchkey has it now. Refused ('forbidden') for an id that was anonymised. */
export function upsertAuthor(_context: ForumContext, _input: { id: AuthorId; name: string }): Outcome {
  return todo();
}

/** Ids in order, for the sweep that asks Latchkey who still exists: up to 500 above `after`. */
export function listAuthorIds(_context: ForumContext, _after: AuthorId | undefined): readonly AuthorId[] {
  return todo();
}

/** Name, title and about are gone; posts stay. Idempotent, and for good: the id never gets a name again. */
export function anonymiseAuthor(_context: ForumContext, _id: AuthorId): void {
  todo();
}

/** Digests of those who asked for one, got none since `since`, and have something to read; by author id. */
export function digestsDue(
  _context: ForumContext,
  _input: { since: Instant; after?: AuthorId | undefined },
): Iterable<Digest> {
  return todo();
}

/** To be asked just before a digest is sent: true for one caller alone per period. */
export function claimDigest(_context: ForumContext, _input: { authorId: AuthorId; since: Instant }): boolean {
  return todo();
}

// Tags and moderation

/** Most used first; with `text`, those that begin with it. `limit` is 100 at most. */
export function listTags(_context: ForumContext, _input: { text?: string | undefined; limit: number }): readonly Tag[] {
  return todo();
}

/** Newest first. Undefined: the viewer is no moderator. */
export function listModerationLog(
  _context: ForumContext,
  _viewer: Viewer | undefined,
  _input: { cursor?: Cursor | undefined },
): Page<ModerationEntry> | undefined {
  return todo();
}
