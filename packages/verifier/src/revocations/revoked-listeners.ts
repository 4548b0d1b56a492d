import { REVOCATION_KINDS, type RevocationKind } from '@latchkey/protocol';
import { notify } from '../notify.ts';
import type { Revocation } from './live-revocations.ts';

/** Something was revoked. It says what, not why: whoever was banned, deleted or given another role is `subject` alike. */
export interface RevokedEvent {
  /**
   * `session`: a browser's, or one that a client holds; `branch`: one of two credentials of a session; `subject`: all
   * tokens of a user so far; `client`: all of a client so far; `token`: one; `key`: all that it signed.
   */
  readonly kind: RevocationKind;
  /** Which one: by kind the `sid` of tokens, `sid:br`, their `sub`, `client_id` or `jti`, or the `kid` of their header. */
  readonly key: string;
  /** For `subject` and `client`: tokens of a lower version (`sv`, `cv`) are refused, newer ones are good. */
  readonly minVersion?: number;
}

export type RevokedListener = (event: RevokedEvent) => unknown;

const KINDS: ReadonlySet<string> = new Set(REVOCATION_KINDS);

/** Who is told of what is revoked. */
export class RevokedListeners {
  readonly #listeners = new Set<{ readonly listener: RevokedListener }>();

  /** @returns What ends it. */
  add(listener: RevokedListener): () => void {
    const entry = { listener };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  clear(): void {
    this.#listeners.clear();
  }

  /** In their order; a moment later, so that nothing that a listener does comes between the follower and its log. */
  tell(events: Iterable<Revocation>): void {
    if (this.#listeners.size === 0) return;
    for (const { kind, key, min_version: minVersion } of events) {
      // Of a newer server.
      if (!KINDS.has(kind)) continue;
      const event: RevokedEvent = Object.freeze({ kind, key, ...(minVersion !== undefined && { minVersion }) });
      for (const entry of this.#listeners) {
        notify(() => (this.#listeners.has(entry) ? entry.listener(event) : undefined));
      }
    }
  }
}
