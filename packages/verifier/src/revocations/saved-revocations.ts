import { notify } from '../notify.ts';
import { isRevocation } from './read-page.ts';
import { startTimer } from './timers.ts';
import { parseJson } from './parse-json.ts';
import type { LiveRevocations, Revocation } from './live-revocations.ts';

/** Keeps a text from one run of a process to the next: in a file, or wherever. */
export interface SnapshotStore {
  /** The text that was saved last, or undefined if there is none. */
  load(): Promise<string | undefined>;
  /** Replaces the saved text, whole or not at all. */
  save(text: string): Promise<void>;
}

const FORMAT = 'latchkey-revocations-1';

/** What is known, as a text to save. */
function formatSaved(issuer: string, events: Iterable<Revocation>): string {
  return JSON.stringify({ format: FORMAT, issuer, events: [...events] });
}

/** The events of a saved text. Undefined if it is damaged, or of another issuer: a part of it would be as good as none. */
function readSaved(text: string, issuer: string): readonly Revocation[] | undefined {
  const saved = parseJson(text);
  if (typeof saved !== 'object' || saved === null) return undefined;
  const { format, issuer: savedIssuer, events } = saved as Readonly<Record<string, unknown>>;
  if (format !== FORMAT || savedIssuer !== issuer) return undefined;
  return Array.isArray(events) && events.every(isRevocation) ? events : undefined;
}

export interface SavedRevocationsSettings {
  readonly store: SnapshotStore;
  readonly issuer: string;
  /** Called when a text could not be loaded, saved or read. */
  readonly onFailed: ((error: unknown) => void) | undefined;
  /** Called for each revoked key of a text that was loaded. */
  readonly onKeyRevoked: (kid: string) => void;
  /** Called with what of it was not known, after it counts. */
  readonly onNews: (events: readonly Revocation[]) => void;
}

const SAVE_EVERY_MS = 60_000;
/** A store that takes longer is not waited for. */
const MAX_LOAD_WAIT_MS = 1000;

/**
 * Adds what an earlier process knew to the revocations at hand, and saves them now and then. What was loaded makes nothing
 * fresh: it only lets tokens be refused that are known to be revoked.
 */
export class SavedRevocations {
  readonly #settings: SavedRevocationsSettings;
  readonly #live: LiveRevocations;
  #loading: Promise<void> | undefined;
  readonly #loaded = Promise.withResolvers<void>();
  #saving: Promise<void> = Promise.resolve();
  #savedAt = 0;
  #stopTimer = (): void => {};
  #isClosed = false;

  constructor(settings: SavedRevocationsSettings, live: LiveRevocations) {
    this.#settings = settings;
    this.#live = live;
  }

  start(): void {
    if (this.#isClosed) return;
    if (this.#loading !== undefined) return;
    const stop = startTimer(this.#loaded.resolve, MAX_LOAD_WAIT_MS);
    this.#loading = this.#load().then(() => {
      stop();
      this.#loaded.resolve();
      this.#schedule();
    });
  }

  /** Resolves once what was saved is known, or has been waited for long enough. */
  get loaded(): Promise<void> {
    return this.#loading === undefined ? Promise.resolve() : this.#loaded.promise;
  }

  /** Saves a last time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopTimer();
    // Before it was loaded, to save would be to forget.
    if (this.#loading === undefined) return;
    await this.#loading;
    await this.#save();
  }

  async #load(): Promise<void> {
    const { store, issuer, onFailed, onKeyRevoked, onNews } = this.#settings;
    try {
      const text = await store.load();
      if (text === undefined) return;
      const events = readSaved(text, issuer);
      if (events === undefined) throw new Error('The saved revocations are damaged, or of another issuer');
      const news = events.filter((event) => !this.#live.knows(event));
      this.#live.add(events);
      for (const { kind, key } of events) if (kind === 'key') onKeyRevoked(key);
      onNews(news);
    } catch (error) {
      notify(onFailed, error);
    }
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#stopTimer = startTimer(() => void this.#save().then(() => this.#schedule()), SAVE_EVERY_MS);
  }

  /** One after the other: an older text must not replace a newer one. */
  #save(): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      const { changes } = this.#live;
      if (changes === this.#savedAt) return;
      try {
        await this.#settings.store.save(formatSaved(this.#settings.issuer, this.#live));
        this.#savedAt = changes;
      } catch (error) {
        notify(this.#settings.onFailed, error);
      }
    });
    return this.#saving;
  }
}
