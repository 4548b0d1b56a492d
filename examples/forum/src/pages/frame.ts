import type { AuthorId } from '../domain/types.ts';
import type { Content } from './markup.ts';

/** A page, without what is around it on every page. */
export interface PageFrame {
  /** Title of the document, without the forum's name. */
  readonly title: string;
  /** `form`: one narrow card in the middle; `column`: to be read; `wide`: with something beside it. */
  readonly width: 'form' | 'column' | 'wide';
  readonly content: Content;
  /** Which of the links at the top leads here. */
  readonly section?: Section;
  /** What somebody searched for, in the field at the top. */
  readonly search?: string;
  /** Neighbours in a list of pages, for browsers and search engines. */
  readonly older?: string | undefined;
  readonly newer?: string | undefined;
  /** The address of this very thing, for search engines: a path. */
  readonly canonical?: string;
  /** For pages that are nobody's to find. */
  readonly isHidden?: boolean;
}

export type Section = 'questions' | 'tags' | 'about' | 'ask';

/** An account that this browser is signed in to; the first has no slot. */
export interface PageAccount {
  readonly slot: number | undefined;
  readonly id: AuthorId;
  readonly name: string;
}

/** Whom a page is shown to. */
export interface Visitor {
  readonly viewer: { readonly id: AuthorId; readonly name: string; readonly isModerator: boolean } | undefined;
  readonly slot: number | undefined;
  readonly accounts: readonly PageAccount[];
  readonly unread: number;
  /** Where signing in leads back to: the path and query of this page. */
  readonly here: string;
}
