import type { AuthorId } from '../domain/types.ts';
import { parseAuthorId } from '../domain/author-id.ts';
import type { Log } from '../http/environment.ts';
import type { ForumContext } from '../operations/context.ts';
import { anonymiseAuthor, listAuthorIds, readProfile } from '../operations/index.ts';
import type { AccountDirectory } from './account-directory.ts';

/** If so many of those who were asked about seem to be gone, something else is wrong. */
const SUSPICIOUS_COUNT = 20;
const SUSPICIOUS_SHARE = 0.1;

interface FormerMembersParts {
  readonly context: ForumContext;
  readonly directory: Pick<AccountDirectory, 'find'>;
  readonly log: Log;
}

/** Takes the name from what somebody posted whose account is no more. */
export class FormerMembers {
  readonly #parts: FormerMembersParts;
  readonly #toAsk = new Set<AuthorId>();
  readonly #asking = new Set<AuthorId>();

  constructor(parts: FormerMembersParts) {
    this.#parts = parts;
  }

  /** Something has ended for this user at Latchkey: a session, or all. Asks whether the account is still there. */
  async check(subject: string): Promise<void> {
    const id = parseAuthorId(subject);
    if (id === undefined || !this.#isNamed(id)) return;
    this.#toAsk.add(id);
    if (this.#asking.has(id)) return;
    this.#asking.add(id);
    try {
      // Once more for what came while an answer was on its way: it may be older than that.
      while (this.#toAsk.delete(id)) {
        if ((await this.#parts.directory.find(id)).kind === 'gone') this.#anonymise(id);
      }
    } finally {
      this.#asking.delete(id);
    }
  }

  /** Asks about everybody: finds what was missed while the forum was down. */
  async sweep(isStopping: () => boolean): Promise<void> {
    const { context, directory, log } = this.#parts;
    const gone: AuthorId[] = [];
    let asked = 0;
    let after: AuthorId | undefined;
    for (;;) {
      const ids = listAuthorIds(context, after);
      for (const id of ids) {
        if (isStopping()) return;
        if ((await directory.find(id)).kind === 'gone') gone.push(id);
        asked += 1;
      }
      after = ids.at(-1);
      if (after === undefined) break;
    }
    const isNobodyLeft = asked > 1 && gone.length === asked;
    if (isNobodyLeft || gone.length > Math.max(SUSPICIOUS_COUNT, asked * SUSPICIOUS_SHARE)) {
      // Another issuer, or an empty database of it, knows nobody. Names do not come back.
      log.error({ asked, gone: gone.length }, 'too many accounts seem to be gone: nobody was anonymised');
      return;
    }
    for (const id of gone) this.#anonymise(id);
  }

  /** Of the users that Latchkey tells of, most were never here. */
  #isNamed(id: AuthorId): boolean {
    return readProfile(this.#parts.context, id)?.author.isAnonymised === false;
  }

  #anonymise(id: AuthorId): void {
    if (!this.#isNamed(id)) return;
    anonymiseAuthor(this.#parts.context, id);
    this.#parts.log.info({ author: id }, 'a former member was anonymised');
  }
}
