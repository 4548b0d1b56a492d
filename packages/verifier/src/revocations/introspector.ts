import type { FetchLike } from '../keys/fetch-key-set.ts';
import { FeedError } from './feed-error.ts';
import type { Moment } from './freshness.ts';
import { readText, requestOfIssuer } from './issuer-requests.ts';
import { parseJson } from './parse-json.ts';

export interface IntrospectorSettings {
  readonly uri: string;
  readonly authorization: string;
  readonly fetch: FetchLike;
  /** For one question, with the time that it waits for its turn. */
  readonly timeoutMs: number;
  /** An answer is worth nothing when it was asked for longer ago. */
  readonly maxAgeMs: number;
  /** This moment, by both clocks. */
  readonly moment: () => Moment;
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
    const { uri, authorization, fetch, maxAgeMs, moment } = this.#settings;
    // RFC 7662 §2.1.
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' });
    const init = { method: 'POST', headers: { accept: 'application/json' }, body, signal };
    const sent = moment();
    const response = await requestOfIssuer(uri, init, authorization, fetch);
    const answer = parseJson(await readText(response, MAX_ANSWER_BYTES, signal));
    const active: unknown =
      typeof answer === 'object' && answer !== null && 'active' in answer ? answer.active : undefined;
    if (response.status !== 200 || typeof active !== 'boolean') {
      throw new FeedError('malformed', 'The answer to an introspection is none');
    }
    // No timer says so where the process stood still meanwhile: it finds the answer before its timers.
    if (active && !(ageMs(sent, moment()) <= maxAgeMs)) {
      throw new FeedError('unavailable', 'The answer to an introspection is too old');
    }
    return active;
  }
}

/** By the clock that says more: a monotonic one may stand still while a machine is suspended. */
function ageMs(then: Moment, now: Moment): number {
  return Math.max(now.monotonicMs - then.monotonicMs, now.wallMs - then.wallMs);
}
