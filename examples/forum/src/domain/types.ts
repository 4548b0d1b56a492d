/** The nouns of the forum, as the pages and the API see them. Times are milliseconds since the epoch. */

declare const authorBrand: unique symbol;
declare const cursorBrand: unique symbol;
declare const htmlBrand: unique symbol;

/** Latchkey's `sub`: `usr_…`. */
export type AuthorId = string & { readonly [authorBrand]: true };
export type QuestionId = number;
export type AnswerId = number;
export type CommentId = number;
export type NotificationId = number;
export type Instant = number;

/** Opaque text of an address; `parseCursor` (domain/cursor.ts) makes one of what a stranger sent. */
export type Cursor = string & { readonly [cursorBrand]: true };

/** HTML that may go into a page as it is. Made by domain/markdown.ts and domain/snippet.ts alone. */
export type SafeHtml = string & { readonly [htmlBrand]: true };

/** Who is looking. `undefined` in its place: nobody is signed in. */
export interface Viewer {
  readonly id: AuthorId;
  readonly name: string;
  readonly isModerator: boolean;
  /** Who acts for the viewer: `act.sub` of the token (RFC 8693 §4.1). It goes to the moderation log. */
  readonly actor?: string | undefined;
}

export interface Author {
  readonly id: AuthorId;
  readonly name: string;
  /** "Chief Creative Officer". */
  readonly title: string | null;
  readonly isAnonymised: boolean;
}

export type PostRef =
  | { readonly kind: 'question'; readonly id: QuestionId }
  | { readonly kind: 'answer'; readonly id: AnswerId };

export interface Page<T> {
  readonly items: readonly T[];
  /** Further down the list. */
  readonly older: Cursor | null;
  /** Further up the list. */
  readonly newer: Cursor | null;
}

export type QuestionSort = 'active' | 'newest' | 'votes' | 'unanswered';
export type AnswerSort = 'votes' | 'oldest' | 'newest';
export type VoteValue = -1 | 0 | 1;

export interface QuestionSummary {
  readonly id: QuestionId;
  readonly slug: string;
  readonly title: string;
  /** Plain text, up to 200 characters: to be escaped. */
  readonly excerpt: string;
  readonly tags: readonly string[];
  readonly author: Author;
  readonly askedAt: Instant;
  readonly activityAt: Instant;
  readonly answerCount: number;
  readonly score: number;
  readonly hasAccepted: boolean;
  readonly isLocked: boolean;
}

export interface SearchResult extends QuestionSummary {
  /** Where the words are: escaped, with `<mark>` around them. */
  readonly snippet: SafeHtml;
}

export interface PostMay {
  readonly edit: boolean;
  readonly delete: boolean;
  readonly vote: boolean;
  readonly comment: boolean;
}

export interface QuestionMay extends PostMay {
  readonly lock: boolean;
  readonly answer: boolean;
}

export interface AnswerMay extends PostMay {
  /** To accept it, or to take that back. */
  readonly accept: boolean;
}

export interface Post {
  /** Markdown, as it was written. Empty where a deleted answer is shown to others than moderators. */
  readonly body: string;
  readonly html: SafeHtml;
  readonly author: Author;
  readonly score: number;
  readonly viewerVote: VoteValue;
  readonly createdAt: Instant;
  readonly editedAt: Instant | null;
  /** 1 for a post that was never edited. Goes into the edit form, and comes back as `revision`. */
  readonly revisions: number;
  readonly isDeleted: boolean;
  /** Oldest first. */
  readonly comments: readonly Comment[];
}

export interface Question extends QuestionSummary, Post {
  readonly lockReason: string | null;
  readonly may: QuestionMay;
}

export interface Answer extends Post {
  readonly id: AnswerId;
  readonly questionId: QuestionId;
  /** "Answer 3": 1-based, in the order of answering; never given to another. */
  readonly number: number;
  readonly isAccepted: boolean;
  readonly may: AnswerMay;
}

export interface Comment {
  readonly id: CommentId;
  readonly author: Author;
  readonly text: string;
  /** Inline Markdown, rendered. */
  readonly html: SafeHtml;
  readonly createdAt: Instant;
  readonly may: { readonly delete: boolean };
}

export interface QuestionPage {
  readonly question: Question;
  readonly answers: Page<Answer>;
}

export interface QuestionLink {
  readonly id: QuestionId;
  readonly slug: string;
  readonly title: string;
}

/** An answer in a list that is not its question's page. */
export interface AnswerSummary {
  readonly id: AnswerId;
  readonly number: number;
  readonly excerpt: string;
  readonly score: number;
  readonly isAccepted: boolean;
  readonly createdAt: Instant;
  readonly question: QuestionLink;
}

export interface Revision {
  /** 1 is what was first written. */
  readonly number: number;
  readonly at: Instant;
  readonly author: Author;
  readonly body: string;
  /** Of questions. */
  readonly title?: string;
  readonly tags?: readonly string[];
}

export interface History {
  readonly post: PostRef;
  readonly question: QuestionLink;
  /** Newest first. */
  readonly revisions: readonly Revision[];
}

export type NotificationKind = 'answered' | 'commented' | 'accepted' | 'voted';

export interface Notification {
  readonly id: NotificationId;
  readonly kind: NotificationKind;
  readonly question: QuestionLink;
  /** The answer that it is about, or null where it is the question. */
  readonly answerId: AnswerId | null;
  readonly commentId: CommentId | null;
  /** Nobody for votes. */
  readonly by: Author | null;
  /** Votes are gathered until they are read. */
  readonly count: number;
  readonly createdAt: Instant;
  readonly isRead: boolean;
}

export interface Profile {
  readonly author: Author;
  readonly about: string;
  readonly aboutHtml: SafeHtml;
  readonly questionCount: number;
  readonly answerCount: number;
  /** Of all posts together. */
  readonly score: number;
  readonly joinedAt: Instant;
  /** Whether the weekly mail was asked for. To be shown to the author alone. */
  readonly digest: boolean;
}

export interface Tag {
  readonly name: string;
  readonly questionCount: number;
}

export type ModerationAction =
  | 'question_deleted'
  | 'answer_deleted'
  | 'comment_deleted'
  | 'question_edited'
  | 'answer_edited'
  | 'question_locked'
  | 'question_unlocked';

/** What somebody did to another's post. */
export interface ModerationEntry {
  readonly id: number;
  readonly at: Instant;
  readonly action: ModerationAction;
  readonly moderator: Author;
  /** Who acted for the moderator: `act.sub` of the token. */
  readonly actor: string | null;
  readonly question: QuestionLink;
  readonly answerId: AnswerId | null;
  readonly commentId: CommentId | null;
  readonly reason: string | null;
}

/** What a weekly mail tells one author. */
export interface Digest {
  readonly authorId: AuthorId;
  readonly authorName: string;
  /** Unread ones since the last mail, newest first, 20 at most. */
  readonly items: readonly Notification[];
}

export type Field = 'title' | 'body' | 'tags' | 'text' | 'reason' | 'about' | 'name';
export type ProblemCode =
  | 'required'
  | 'too_short'
  | 'too_long'
  | 'too_many'
  /** A tag with characters that tags do not have. */
  | 'not_allowed';

export interface Problem {
  readonly field: Field;
  readonly code: ProblemCode;
  /** The bound that was missed, in characters or pieces. */
  readonly limit?: number;
}

export type RefusalReason =
  /** There is no such post, or it was deleted. */
  | 'not_found'
  | 'forbidden'
  /** The question takes no more posts, votes or edits. */
  | 'locked'
  /** Nobody votes on their own. */
  | 'own_post'
  | 'too_fast'
  /** The post has as many comments as it may have. */
  | 'full'
  /** Somebody else edited it since the form was opened. */
  | 'changed_meanwhile';

export interface Refused {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  /** For 'too_fast': when to come again. */
  readonly retryAfterSeconds?: number;
}

export interface Invalid {
  readonly kind: 'invalid';
  readonly problems: readonly Problem[];
}

export type Done<Result extends object = object> = { readonly kind: 'done' } & Readonly<Result>;
/** Of operations on text. */
export type WriteOutcome<Result extends object = object> = Done<Result> | Refused | Invalid;
/** Of operations without text. */
export type Outcome<Result extends object = object> = Done<Result> | Refused;
