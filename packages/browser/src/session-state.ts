import { LatchkeyError } from './errors.ts';
import { Flight } from './flight.ts';
import { SESSION_PATH } from './paths.ts';
import type { AskServer } from './requests.ts';
import { SIGNED_OUT, UNKNOWN, type SignInState } from './sign-in-state.ts';

export type StateListener = (state: SignInState, before: SignInState) => void;

/** A page that comes to the front asks anew where its last answer is older. */
const OLD_AFTER_MS = 30_000;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;
/** When a page may have missed something: it was hidden, frozen, in the back-forward cache, asleep or offline. */
const WAKE_EVENTS = ['visibilitychange', 'pageshow', 'online', 'focus'] as const;

/** Who is signed in, in all tabs of an account alike. */
export class SessionState {
  current: SignInState = UNKNOWN;
  readonly #ask: AskServer;
  readonly #listeners = new Set<StateListener>();
  #flight: Flight<SignInState>;
  #answeredAt = -Infinity;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #wake = (): void => {
    const isShown = typeof document === 'undefined' || document.visibilityState === 'visible';
    if (isShown && Date.now() - this.#answeredAt > OLD_AFTER_MS) this.#refreshQuietly();
  };

  /** @param name - Of the account: tabs with the same one tell each other. */
  constructor(name: string, ask: AskServer) {
    this.#ask = ask;
    this.#flight = this.#join(name);
    for (const event of WAKE_EVENTS) globalThis.addEventListener?.(event, this.#wake);
  }

  subscribe(listener: StateListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async refresh(): Promise<SignInState> {
    clearTimeout(this.#retry);
    const flight = this.#flight;
    // What was asked for another account is no answer.
    const isOfNow = () => flight === this.#flight;
    try {
      const state = await flight.run();
      if (isOfNow()) this.#become(state);
    } catch (error) {
      if (isOfNow()) this.#retryLater(error);
      throw error;
    }
    return this.current;
  }

  /** This tab has signed in or out: the others hear of it. */
  announce(state: SignInState): void {
    this.#flight.tell(state);
    this.#become(state);
  }

  /** The page is another account's from now on: nothing is known of it yet. */
  move(name: string): void {
    this.#flight.close();
    this.#flight = this.#join(name);
    this.#become(UNKNOWN);
  }

  close(): void {
    clearTimeout(this.#retry);
    for (const event of WAKE_EVENTS) globalThis.removeEventListener?.(event, this.#wake);
    this.#listeners.clear();
    this.#flight.close();
  }

  /** Where it fails it is tried again, by itself. */
  #refreshQuietly(): void {
    void this.refresh().catch(() => {});
  }

  #join(name: string): Flight<SignInState> {
    return new Flight(
      name,
      () => this.#read(),
      (state) => this.#become(state),
    );
  }

  async #read(): Promise<SignInState> {
    try {
      const answer = await this.#ask({ path: SESSION_PATH });
      return { status: 'signed-in', ...((await answer.json()) as Pick<SignedIn, 'user' | 'session'>) };
    } catch (error) {
      if (error instanceof LatchkeyError && error.code === 'no_session') return SIGNED_OUT;
      throw error;
    }
  }

  #become(state: SignInState): void {
    this.#answeredAt = Date.now();
    this.#failures = 0;
    const before = this.current;
    // A use of the session is no news.
    if (essenceOf(before) === essenceOf(state)) return;
    this.current = state;
    for (const listener of this.#listeners) listener(state, before);
  }

  /** Nobody is signed out because the server could not be asked: what was known stays, and is asked again. */
  #retryLater(error: unknown): void {
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, MAX_PAUSE_MS);
    this.#failures += 1;
    const askedFor = error instanceof LatchkeyError ? 1000 * (error.retryAfterSeconds ?? 0) : 0;
    // At random, so that the pages of the world do not come back at once.
    const jitter = 0.5 + Math.random();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#refreshQuietly(), Math.max(pauseMs, askedFor) * jitter);
  }
}

type SignedIn = Extract<SignInState, { status: 'signed-in' }>;

function essenceOf(state: SignInState): string {
  if (state.status !== 'signed-in') return state.status;
  return JSON.stringify([state.user, state.session.id, state.session.expiresAt]);
}
