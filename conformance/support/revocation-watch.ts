import { inspect, isDeepStrictEqual } from 'node:util';
import { vi } from 'vitest';
import { cookieOf, createAccount, post, type Account } from './accounts.ts';
import { latchkey } from './command-line.ts';
import type { ServerProcess } from './server-process.ts';
import { startVerifierProcess, type VerifierProcess } from './verifier-process.ts';

const audience = 'http://localhost:4401';
/** For a verifier to follow again. */
const patience = { timeout: 15_000, interval: 50 };
/** Of what a verifier knows that hears its heartbeats. */
const freshMs = 2000;
const NS_PER_MS = 1_000_000n;

interface Watched {
  readonly token: string;
  readonly cookie: string;
  /** When the sign-out was acknowledged, by `process.hrtime`. */
  revokedAtNs?: bigint;
}

/**
 * Sessions whose access tokens a verifier is shown all the time.
 */
export class RevocationWatch implements AsyncDisposable {
  readonly verifier: VerifierProcess;
  readonly #server: ServerProcess;
  readonly #account: Account;
  readonly #maxStalenessSeconds: number;
  readonly #watched: Watched[] = [];

  private constructor(server: ServerProcess, account: Account, verifier: VerifierProcess, maxStalenessSeconds: number) {
    this.verifier = verifier;
    this.#server = server;
    this.#account = account;
    this.#maxStalenessSeconds = maxStalenessSeconds;
  }

  /** @param issuer - Where the verifier reaches the server: through what may fail. */
  static async start(server: ServerProcess, issuer: string, maxStalenessSeconds: number): Promise<RevocationWatch> {
    const [account, client] = await Promise.all([createAccount(server), addClient(server)]);
    const verifier = await startVerifierProcess({ issuer, audience, client, maxStalenessSeconds });
    return new RevocationWatch(server, account, verifier, maxStalenessSeconds);
  }

  /** Signs in once more; the verifier accepts the token already. */
  async begin(): Promise<Watched> {
    const cookie = await cookieOf(this.#server.origin, this.#account);
    const response = await post(this.#server.origin, '/api/session/token', { audience }, { cookie });
    const { access_token: token } = (await response.json()) as { access_token: string };
    const watched: Watched = { token, cookie };
    this.#watched.push(watched);
    await this.verifier.ask({ watch: token });
    await this.#rightOutcomes();
    return watched;
  }

  /** Signs out. */
  async revoke(watched: Watched): Promise<void> {
    const { status } = await post(this.#server.origin, '/api/sign-out', {}, { cookie: watched.cookie });
    if (status !== 204) throw new Error(`The sign-out was answered by ${status}`);
    watched.revokedAtNs = process.hrtime.bigint();
  }

  /** How long each revoked token was accepted after the acknowledgement, in milliseconds; negative: not even until then. */
  async acceptedAfterMs(): Promise<readonly number[]> {
    const { tokens } = await this.verifier.ask();
    return this.#watched.flatMap(({ token, revokedAtNs }) => {
      const acceptedAtNs = BigInt(tokens[token]?.acceptedAtNs ?? 0);
      return revokedAtNs === undefined ? [] : [Number((acceptedAtNs - revokedAtNs) / NS_PER_MS)];
    });
  }

  /** The oracle: those of them that are longer than the verifier's bound. */
  async tooLateMs(): Promise<readonly number[]> {
    const boundMs = 1000 * this.#maxStalenessSeconds;
    return (await this.acceptedAfterMs()).filter((ms) => ms > boundMs);
  }

  /**
   * Waits until the verifier follows again: it accepts what is alive, and refuses what is not as revoked. Gives what
   * {@link tooLateMs} does then.
   */
  async recovered(): Promise<readonly number[]> {
    await this.#rightOutcomes();
    await vi.waitFor(async () => {
      const { stalenessMs } = (await this.verifier.ask()).status;
      if (stalenessMs === null || stalenessMs > freshMs) throw new Error(`Stale for ${stalenessMs} ms`);
    }, patience);
    return this.tooLateMs();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.verifier[Symbol.asyncDispose]();
  }

  async #rightOutcomes(): Promise<void> {
    const expected = this.#watched.map(({ revokedAtNs }) => {
      const outcome = revokedAtNs === undefined ? 'accepted' : 'token_revoked';
      return { introspect: outcome, closed: outcome };
    });
    const outcomes = async () => {
      const { tokens } = await this.verifier.ask();
      return this.#watched.map(({ token }) => {
        const { introspect, closed } = tokens[token]!;
        return { introspect, closed };
      });
    };
    await vi.waitFor(async () => {
      const found = await outcomes();
      if (!isDeepStrictEqual(found, expected)) throw new Error(`In place of ${inspect(expected)}: ${inspect(found)}`);
    }, patience);
  }
}

async function addClient(server: ServerProcess): Promise<{ readonly id: string; readonly secret: string }> {
  const args = ['clients', 'add', 'notes', '--scope', 'revocations:read introspect', '--audience', audience, '--json'];
  const { code, stdout, stderr } = await latchkey(args, server);
  if (code !== 0) throw new Error(`latchkey clients add: ${stderr}`);
  const { client_id: id, client_secret: secret } = JSON.parse(stdout) as { client_id: string; client_secret: string };
  return { id, secret };
}
