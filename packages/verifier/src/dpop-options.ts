import { check, inRange } from './check-option.ts';
import type { ReplayStore } from './dpop/replay-store.ts';

/** Tokens that are bound to a key (RFC 9449). They are always refused without a proof; nothing need be set for that. */
export interface DpopOptions {
  /** Refuse every token that is not bound to a key, too. Default false. */
  readonly required?: boolean;
  /**
   * How many proofs to remember until they expire, after two minutes, or a few more with nonces: some 15 MB for the
   * default of 100,000. One key may take up a tenth. A proof for which there is no room is refused with 503.
   */
  readonly replayMemorySize?: number;
  /** Remembers them instead, for an API of several processes. Without one, each process accepts a proof once. */
  readonly replayStore?: ReplayStore;
  /**
   * 32 bytes or more, the same for all processes of this API. With it every proof must have a nonce of this server
   * (RFC 9449 §9), which costs a client one more request every few minutes, and makes proofs of before worthless.
   */
  readonly nonceSecret?: Uint8Array;
}

/** Options, checked and complete. */
export interface DpopSettings {
  readonly isRequired: boolean;
  readonly replayMemorySize: number;
  readonly replayStore: ReplayStore | undefined;
  readonly nonceSecret: Uint8Array | undefined;
}

const MIN_SECRET_BYTES = 32;

/** @throws {TypeError} that names the option and what it may be. */
export function readDpopOptions(options: DpopOptions = {}): DpopSettings {
  const { required: isRequired = false, replayMemorySize = 100_000, replayStore, nonceSecret } = options;
  check(typeof isRequired === 'boolean', 'dpop.required', 'true or false');
  check(
    nonceSecret === undefined || (nonceSecret instanceof Uint8Array && nonceSecret.byteLength >= MIN_SECRET_BYTES),
    'dpop.nonceSecret',
    'a Uint8Array of 32 bytes or more',
  );
  return {
    isRequired,
    replayMemorySize: inRange('dpop.replayMemorySize', replayMemorySize, 10, 10_000_000),
    replayStore,
    // A copy: nobody changes it afterwards.
    nonceSecret: nonceSecret && new Uint8Array(nonceSecret),
  };
}
