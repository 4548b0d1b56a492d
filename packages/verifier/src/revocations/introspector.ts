import type { FetchLike } from '../keys/fetch-key-set.ts';
import { FeedError } from './feed-error.ts';
import { readText, requestOfIssuer } from './issuer-requests.ts';
import { parseJson } from './parse-json.ts';

export interface IntrospectorSettings {
  readonly uri: string;
  readonly authorization: string;
  readonly fetch: FetchLike;
  /** For one question, with the time that it waits for its turn. */
  readonly timeoutMs: number;
}

/** Questions under way at once; others wait. */
const MAX_CONCURRENT = 32;
/** Questions waiting; further ones get no answer. What waits longer than the time-out is gone anyway. */
const MAX_WAITING = 1024;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Asks the issuer whether a token is active (RFC 7662). Each question is asked by itself: an answer to an earlier one may
 * be from before a revocation.
 */
export class Introspector {
  readonly #settings: IntrospectorSettings;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(settings: IntrospectorSettings) {
    this.#settings = settings;
  }

  /** @throws {FeedError} if there is no answer. */
  async isActive(token: string): Promise<boolean> {
    const signal = AbortSignal.timeout(this.#settings.timeoutMs);
    if (this.#running >= MAX_CONCURRENT) await this.#waitForTurn();
    else this.#running += 1;
    try {
      return await this.#ask(token, signal);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** The turn of one that has ended is handed on, so nobody gets in between. */
  #waitForTurn(): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) throw new FeedError('unavailable', 'Too many questions are waiting');
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  async #ask(token: string, signal: AbortSignal): Promise<boolean> {
    const { uri, authorization, fetch } = this.#settings;
    // RFC 7662 §2.1.
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' });
    const init = { method: 'POST', headers: { accept: 'application/json' }, body, signal };
    const response = await requestOfIssuer(uri, init, authorization, fetch);
    const answer = parseJson(await readText(response, MAX_ANSWER_BYTES, signal));
    const active: unknown =
      typeof answer === 'object' && answer !== null && 'active' in answer ? answer.active : undefined;
    if (response.status !== 200 || typeof active !== 'boolean') {
      throw new FeedError('malformed', 'The answer to an introspection is none');
    }
    return active;
  }
}
