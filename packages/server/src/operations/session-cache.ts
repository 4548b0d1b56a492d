import type { SessionId, UserId } from '../domain/ids.ts';
import { SECOND_MS, type Instant } from '../domain/instant.ts';
import { encodeCredential, sessionPartOf, sessionPartOfCredential } from '../domain/sessions/credential.ts';
import { decideRefresh, type RotationPolicy } from '../domain/sessions/decide-refresh.ts';
import type { Session } from '../domain/sessions/session.ts';
import type { NamedKey } from '../domain/secrets/master-keys.ts';
import type { SessionWithUser } from '../storage/sessions.ts';

/** How long a row that was read is believed, if no event of the revocation log says otherwise before. */
const SESSION_TRUST_MS = 5 * SECOND_MS;

const DEFAULT_MAX_ENTRIES = 50_000;

interface Entry extends SessionWithUser {
  readonly kind: 'live';
  /** The session's current credential: the only one that is answered from memory. */
  readonly credential: string;
  readonly readAt: Instant;
}

type RotationPolicies = Readonly<Record<Session['carrier'], RotationPolicy>>;

/**
 * Sessions that this node has read: finding one costs no query and no cryptography. It is a copy, never an
 * authority: only what the rules accept without writing is answered from it, and it is soon read anew.
 */
export class SessionCache {
  readonly #entries = new Map<string, Entry>();
  readonly #macKey: NamedKey;
  readonly #policies: RotationPolicies;
  readonly #maxEntries: number;
  #forgotten = 0;

  constructor(macKey: NamedKey, policies: RotationPolicies, maxEntries = DEFAULT_MAX_ENTRIES) {
    this.#macKey = macKey;
    this.#policies = policies;
    this.#maxEntries = maxEntries;
  }

  /** The live session of a credential, or undefined where the database has to be asked. */
  find(credential: string, carrier: Session['carrier'], now: Instant): Entry | undefined {
    const entry = this.#entries.get(sessionPartOfCredential(credential));
    // A cookie is never accepted as a refresh token, nor the reverse.
    if (entry?.session.carrier !== carrier) return undefined;
    const { session } = entry;
    const policy = this.#policies[carrier];
    // A clock that was set back must not make an entry live longer.
    if (now < entry.readAt || now >= entry.readAt + trustMs(session, policy)) return undefined;
    if (!equalInConstantTime(entry.credential, credential)) return undefined;
    const { generation, attempt } = session;
    const presented = { generation, attempt, authentic: true };
    return decideRefresh(session, presented, now, policy).kind === 'accept' ? entry : undefined;
  }

  /**
   * Whether, by a copy of any age, the credential is to be rotated or confirmed: no more than a hint that a transaction
   * will be needed, which decides anew. Not where that may end other sessions: whose they are has to be read before.
   */
  expectsChange(credential: string, carrier: Session['carrier'], now: Instant): boolean {
    const entry = this.#entries.get(sessionPartOfCredential(credential));
    if (entry?.session.carrier !== carrier || !equalInConstantTime(entry.credential, credential)) return false;
    const { generation, attempt, replaces } = entry.session;
    if (replaces !== null) return false;
    const presented = { generation, attempt, authentic: true };
    const { kind } = decideRefresh(entry.session, presented, now, this.#policies[carrier]);
    return kind === 'rotate' || kind === 'confirm';
  }

  /** To be taken before a row is read that {@link keep} is to be given. */
  ticket(): number {
    return this.#forgotten;
  }

  /**
   * Keeps what was just read from the database.
   *
   * @param ticket - From before the read. If anything was forgotten since, what was read may be from before that,
   * and is not kept.
   * @param credential - The session's current one, where it was just made.
   */
  keep({ session, user }: SessionWithUser, readAt: Instant, ticket: number, credential?: string): void {
    if (ticket !== this.#forgotten) return;
    const part = sessionPartOf(session, this.#macKey);
    this.#entries.delete(part);
    if (this.#entries.size >= this.#maxEntries) this.#dropOldest();
    this.#entries.set(part, {
      kind: 'live',
      session,
      user,
      credential: credential ?? encodeCredential(session, this.#macKey),
      readAt,
    });
  }

  forgetSession(id: SessionId): void {
    this.#forgotten += 1;
    for (const carrier of ['cookie', 'refresh_token'] as const) {
      this.#entries.delete(sessionPartOf({ id, carrier }, this.#macKey));
    }
  }

  /** Looks at every entry: for what happens rarely. */
  forgetUser(id: UserId): void {
    this.#forgotten += 1;
    for (const [part, entry] of this.#entries) if (entry.user.id === id) this.#entries.delete(part);
  }

  forgetAll(): void {
    this.#forgotten += 1;
    this.#entries.clear();
  }

  #dropOldest(): void {
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}

/**
 * How long a copy is believed. Another node may have rotated the session meanwhile: within the overlap its
 * credential of before is accepted anyway, and where there is no overlap, now or next, no copy is believed.
 */
function trustMs({ generation, strictGeneration }: Session, { overlapMs }: RotationPolicy): number {
  return strictGeneration === null || strictGeneration < generation ? Math.min(SESSION_TRUST_MS, overlapMs) : 0;
}

/** For texts whose lengths are no secret. `timingSafeEqual` would need two buffers on the hottest path. */
function equalInConstantTime(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index += 1) difference |= left.charCodeAt(index) ^ right.charCodeAt(index);
  return difference === 0;
}
