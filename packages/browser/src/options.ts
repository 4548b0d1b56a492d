/** A resource server on another origin. */
export interface Api {
  /** Its origin, exactly: `https://api.example.com`. Tokens go nowhere else. */
  readonly origin: string;
  /** Its name as an audience. Default: the origin. */
  readonly audience?: string;
  /** Separated by spaces. Default: what the server gives by itself. */
  readonly scope?: string;
}

/** Makes proofs for tokens that are bound to a key (RFC 9449); `@latchkey/browser/dpop` has one. */
export interface ProofMaker {
  /**
   * The `DPoP` header for a request.
   *
   * @param nowMs - By the server's clock.
   * @param token - That the request carries, if it carries one.
   */
  prove(method: string, url: string, nowMs: number, token?: string): Promise<string>;
}

export interface ClientOptions {
  /**
   * `session`: the cookie alone, for a server on the page's own origin. `jwt-cookie`: an access token in a cookie besides, for
   * services on this origin that verify it themselves. `memory`: short access tokens for {@link apis}, in this page's memory.
   * No mode stores a token where a script finds it.
   */
  readonly mode?: 'session' | 'jwt-cookie' | 'memory';
  /** Whom the token of `jwt-cookie` is for. Default: the server itself. */
  readonly audience?: string;
  /** Resource servers on other origins, for `memory`. */
  readonly apis?: readonly Api[];
  /** Binds the tokens of `memory` to a key of this page, which nothing can copy. */
  readonly dpop?: ProofMaker;
  /** Whether each tab may have an account of its own: `accounts`, `useAccount`, and `signIn` with a slot. */
  readonly slots?: boolean;
}
