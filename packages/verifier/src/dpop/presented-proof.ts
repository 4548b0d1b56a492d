/** The proof that came with a request, and what it must be for. */
export interface PresentedProof {
  /** The value of the `DPoP` header. Undefined where there is none, or more than one. */
  readonly proof: string | undefined;
  readonly method: string;
  /**
   * The URL of the request as its client sees it; several where the server has several names. Scheme and host are this
   * server's own by its configuration: what the request says of them could be about another server, for which the proof
   * was meant.
   */
  readonly url: string | readonly string[];
}

/**
 * One of one request, which several guards may ask for: the same object is used up once. The adapters make it, nobody
 * else.
 */
export class ProofOfRequest implements PresentedProof {
  readonly proof: string | undefined;
  readonly method: string;
  readonly url: readonly string[];

  constructor(proof: string | undefined, method: string, url: readonly string[]) {
    this.proof = proof;
    this.method = method;
    this.url = url;
  }
}
