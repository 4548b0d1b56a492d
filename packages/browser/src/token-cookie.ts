import { ageOf, isDue, newLife, type Life } from './access-tokens.ts';
import { Flight } from './flight.ts';
import { SESSION_TOKEN_PATH } from './paths.ts';
import type { AskServer } from './requests.ts';

/** The access token in the cookie of an account, which no page reads: of it, pages know how old it is. */
export class TokenCookie {
  readonly #fetch: () => Promise<Life>;
  #flight: Flight<Life> | undefined;
  /** Unknown when a page begins: then it is replaced once. */
  #life: Life | undefined;

  constructor(ask: AskServer, audience: string | undefined) {
    this.#fetch = async () => {
      const life = newLife();
      const answer = await ask({ path: SESSION_TOKEN_PATH, body: { deliver: 'cookie', audience } });
      const { expires_in: seconds } = (await answer.json()) as { expires_in: number };
      return { ...life, lifeMs: 1000 * seconds };
    };
  }

  /**
   * Nothing is known from now on: a session has begun or ended, or it is another account.
   *
   * @param slot - Of the account: tabs with the same one share what they know.
   */
  begin(slot: number | null): void {
    this.close();
    this.drop();
    this.#flight = new Flight(`latchkey-token.${slot}`, this.#fetch, (life) => {
      this.#life = life;
    });
  }

  /** Waits for one that still lives; where it will not for long, the next one is fetched meanwhile. */
  async ready(): Promise<void> {
    const life = this.#life;
    if (life === undefined || ageOf(life) >= 1) return this.#renew();
    if (isDue(life)) void this.#renew().catch(() => {});
  }

  /** A service refused it. */
  drop(): void {
    this.#life = undefined;
  }

  close(): void {
    this.#flight?.close();
  }

  async #renew(): Promise<void> {
    const flight = this.#flight;
    const life = await flight?.run();
    if (flight === this.#flight) this.#life = life;
  }
}
