import { SECOND_MS, type Instant } from '../domain/instant.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import { CREDENTIAL_HEAD_CHARACTERS } from '../domain/sessions/credential.ts';
import { isLive } from '../domain/sessions/lifetime.ts';
import type { SessionWithUser } from '../storage/sessions.ts';

/** How long a row that was read is believed. Bounds how late another process's sign-out is seen here. */
export const SESSION_TRUST_MS = SECOND_MS;

const DEFAULT_MAX_ENTRIES = 50_000;

interface Entry extends SessionWithUser {
  readonly credential: string;
  readonly readAt: Instant;
}

/**
 * Sessions that this node has read, by credential: finding one costs no query and no cryptography. It is a
 * copy, never an authority: every entry is read anew after {@link SESSION_TRUST_MS}.
 */
export class SessionCache {
  /** By the credential's head, which is no secret. The proof behind it is compared in constant time. */
  readonly #entries = new Map<string, Entry>();
  readonly #maxEntries: number;

  constructor(maxEntries = DEFAULT_MAX_ENTRIES) {
    this.#maxEntries = maxEntries;
  }

  /** The live session of a credential, or undefined where the database has to be asked. */
  find(credential: string, now: Instant): SessionWithUser | undefined {
    const entry = this.#entries.get(credential.slice(0, CREDENTIAL_HEAD_CHARACTERS));
    if (entry === undefined) return undefined;
    // A clock that was set back must not make an entry live longer.
    if (now < entry.readAt || now >= entry.readAt + SESSION_TRUST_MS) return undefined;
    return equalInConstantTime(entry.credential, credential) && isLive(entry.session, now) ? entry : undefined;
  }

  /** Keeps what was just read for a credential whose MAC has been checked. */
  keep(credential: string, read: SessionWithUser, readAt: Instant): void {
    const head = credential.slice(0, CREDENTIAL_HEAD_CHARACTERS);
    this.#entries.delete(head);
    if (this.#entries.size >= this.#maxEntries) this.#dropOldest();
    this.#entries.set(head, { ...read, credential, readAt });
  }

  forgetSession(id: SessionId): void {
    this.#forget((entry) => entry.session.id === id);
  }

  forgetUser(id: UserId): void {
    this.#forget((entry) => entry.user.id === id);
  }

  #forget(matches: (entry: Entry) => boolean): void {
    for (const [head, entry] of this.#entries) if (matches(entry)) this.#entries.delete(head);
  }

  #dropOldest(): void {
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}

/** For texts whose lengths are no secret. `timingSafeEqual` would need two buffers on the hottest path. */
function equalInConstantTime(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index += 1) difference |= left.charCodeAt(index) ^ right.charCodeAt(index);
  return difference === 0;
}
