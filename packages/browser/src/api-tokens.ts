import { ageOf, isDue, newLife, type AccessToken } from './access-tokens.ts';
import type { Api, ProofMaker } from './options.ts';
import { SESSION_TOKEN_PATH } from './paths.ts';
import { LatchkeyError } from './errors.ts';
import type { AskServer } from './requests.ts';
import type { ServerClock } from './server-clock.ts';

interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: AccessToken['type'];
  readonly expires_in: number;
}

/** Access tokens of this page, in its memory alone: each for one API. */
export class ApiTokens {
  readonly #ask: AskServer;
  readonly #proofs: ProofMaker | undefined;
  readonly #clock: ServerClock;
  readonly #held = new Map<Api, AccessToken>();
  readonly #asking = new Map<Api, Promise<AccessToken>>();

  constructor(ask: AskServer, proofs: ProofMaker | undefined, clock: ServerClock) {
    this.#ask = ask;
    this.#proofs = proofs;
    this.#clock = clock;
  }

  /** One that still lives; where it will not for long, the next one is fetched meanwhile. */
  async get(api: Api): Promise<AccessToken> {
    const held = this.#held.get(api);
    if (held === undefined || ageOf(held) >= 1) return this.#fetch(api);
    // It serves on: a failure shows when it is needed.
    if (isDue(held)) void this.#fetch(api).catch(() => {});
    return held;
  }

  /** The API refused it, or somebody else is signed in. */
  drop(token?: AccessToken): void {
    for (const [api, held] of this.#held) if (token === undefined || held === token) this.#held.delete(api);
    if (token === undefined) this.#asking.clear();
  }

  #fetch(api: Api): Promise<AccessToken> {
    const running = this.#asking.get(api);
    if (running !== undefined) return running;
    const isWanted = () => this.#asking.get(api) === asking;
    const asking = this.#request(api)
      .then((token) => {
        // Else somebody else has come meanwhile.
        if (isWanted()) this.#held.set(api, token);
        return token;
      })
      .finally(() => {
        if (isWanted()) this.#asking.delete(api);
      });
    this.#asking.set(api, asking);
    return asking;
  }

  async #request(api: Api): Promise<AccessToken> {
    const life = newLife();
    const answer = await this.#askForToken(api).catch((error: unknown) => {
      // The first answer tells how wrong this machine's clock is.
      if (error instanceof LatchkeyError && error.code === 'invalid_dpop_proof') return this.#askForToken(api);
      throw error;
    });
    const { access_token: token, token_type: type, expires_in: seconds } = (await answer.json()) as TokenAnswer;
    return { token, type, ...life, lifeMs: 1000 * seconds };
  }

  async #askForToken({ origin, audience = origin, scope }: Api): Promise<Response> {
    const url = location.origin + SESSION_TOKEN_PATH;
    const proof = await this.#proofs?.prove('POST', url, this.#clock.now());
    return this.#ask({
      path: SESSION_TOKEN_PATH,
      body: { audience, scope },
      headers: proof === undefined ? {} : { DPoP: proof },
    });
  }
}
