/** Where the proofs that were used are remembered: for several processes that serve one API, one that they share. */
export interface ReplayStore {
  /**
   * Remembers a proof, in one step: of any number of calls with the same id, in any process, one gets `first`, all
   * others get `seen`. `full` refuses the proof with 503; so does what is thrown.
   *
   * @param keyThumbprint - Of the key that signed it, to bound what one key takes up.
   * @param id - 43 characters of base64url, unique for key and `jti`.
   * @param expiresAtMs - Until when to remember it, in milliseconds since the epoch.
   */
  take(
    keyThumbprint: string,
    id: string,
    expiresAtMs: number,
  ): 'first' | 'seen' | 'full' | Promise<'first' | 'seen' | 'full'>;
}
