import type { SessionId } from 'latchkey/sessions';
import { z } from 'zod';
import type { AuthorId, Instant } from '../domain/types.ts';
import type { Log } from '../http/environment.ts';
import type { ForumDatabase } from '../storage/database.ts';
import { findSessionTokens, insertSessionTokens, replaceSessionTokens } from '../storage/session-tokens.ts';
import {
  GrantRefused,
  LatchkeyUnavailable,
  type AuthorizationServer,
  type SignedIn,
  type Tokens,
} from './authorization-server.ts';
import type { Seals } from './sealed.ts';

const keptTokens = z.object({
  name: z.string(),
  refreshToken: z.string(),
  accessToken: z.string(),
  accessExpiresAt: z.number(),
  idToken: z.string(),
});

/** What the forum holds of a session: nothing of it ever goes to a browser. */
export interface KeptTokens extends z.infer<typeof keptTokens> {
  readonly sessionId: SessionId;
  readonly generation: number;
}

export type Refreshed =
  | { readonly kind: 'refreshed'; readonly tokens: KeptTokens }
  /** The session has ended at Latchkey. */
  | { readonly kind: 'ended' }
  /** Latchkey does not answer. Nothing is known, and nothing is lost. */
  | { readonly kind: 'unavailable' };

/** After Latchkey did not answer, so long nobody waits for it again. */
const PAUSE_MS = 1000;

interface TokenKeeperParts {
  readonly database: ForumDatabase;
  readonly seals: Seals;
  readonly server: AuthorizationServer;
  readonly clock: () => Instant;
  readonly log: Log;
}

/** Keeps the tokens of sessions, sealed, and gets new ones in time. */
export class TokenKeeper {
  readonly #parts: TokenKeeperParts;
  readonly #refreshing = new Map<SessionId, Promise<Refreshed>>();
  #pauseUntil: Instant = 0;

  constructor(parts: TokenKeeperParts) {
    this.#parts = parts;
  }

  keep(sessionId: SessionId, author: { readonly id: AuthorId; readonly name: string }, signedIn: SignedIn): void {
    const { accessToken, accessExpiresAt, idToken, sid, refreshToken } = signedIn;
    const sealed = this.#seal(sessionId, { name: author.name, refreshToken, accessToken, accessExpiresAt, idToken });
    insertSessionTokens(this.#parts.database, { sessionId, subject: author.id, latchkeySid: sid, sealed });
  }

  /** Undefined where there are none, or they were sealed by another secret. */
  read(sessionId: SessionId): KeptTokens | undefined {
    const row = findSessionTokens(this.#parts.database, sessionId);
    const text = row && this.#parts.seals.open('session tokens', sessionId, row.sealed);
    if (row === undefined || text === undefined) return undefined;
    return { ...keptTokens.parse(JSON.parse(text)), sessionId, generation: row.generation };
  }

  /** New tokens. However many requests of a session need some at once, Latchkey is asked once. */
  refresh(tokens: KeptTokens): Promise<Refreshed> {
    const { sessionId } = tokens;
    const running = this.#refreshing.get(sessionId);
    if (running !== undefined) return running;
    if (this.#parts.clock() < this.#pauseUntil) return Promise.resolve({ kind: 'unavailable' });
    const refreshing = this.#refresh(tokens).finally(() => this.#refreshing.delete(sessionId));
    this.#refreshing.set(sessionId, refreshing);
    return refreshing;
  }

  /** Resolves when nothing is under way that would still write. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#refreshing.values());
  }

  /** Rejects with nothing: nobody waits for tokens that are got ahead of time. */
  async #refresh(asked: KeptTokens): Promise<Refreshed> {
    const { clock, log } = this.#parts;
    const { sessionId } = asked;
    try {
      // Another request, or another process, may have done it since these were read.
      const current = this.read(sessionId);
      if (current === undefined) return { kind: 'ended' };
      return current.accessToken === asked.accessToken
        ? await this.#exchange(current)
        : { kind: 'refreshed', tokens: current };
    } catch (error) {
      log.warn({ err: error, sessionId }, 'tokens could not be refreshed');
      if (error instanceof LatchkeyUnavailable) this.#pauseUntil = clock() + PAUSE_MS;
      return { kind: 'unavailable' };
    }
  }

  async #exchange(current: KeptTokens): Promise<Refreshed> {
    const { server, database } = this.#parts;
    const { sessionId, generation } = current;
    let got: Tokens;
    try {
      got = await server.refresh(current.refreshToken);
    } catch (error) {
      if (error instanceof GrantRefused && error.code === 'invalid_grant') return this.#refused(current);
      throw error;
    }
    const { accessToken, accessExpiresAt, refreshToken } = got;
    const tokens = { ...current, accessToken, accessExpiresAt, refreshToken: refreshToken ?? current.refreshToken };
    // Written before it is used. If this process dies first, Latchkey takes the one before again.
    const sealed = this.#seal(sessionId, tokens);
    const isKept = replaceSessionTokens(database, { sessionId, sealed, generation }, refreshToken !== undefined);
    const kept = isKept ? tokens : this.read(sessionId);
    return kept === undefined ? { kind: 'ended' } : { kind: 'refreshed', tokens: kept };
  }

  /** `invalid_grant` for a token that another process has replaced meanwhile says nothing about the session. */
  #refused(sent: KeptTokens): Refreshed {
    const now = this.read(sent.sessionId);
    return now === undefined || now.refreshToken === sent.refreshToken
      ? { kind: 'ended' }
      : { kind: 'refreshed', tokens: now };
  }

  #seal(sessionId: SessionId, tokens: z.infer<typeof keptTokens>): Buffer {
    return this.#parts.seals.seal('session tokens', sessionId, JSON.stringify(keptTokens.parse(tokens)));
  }
}
