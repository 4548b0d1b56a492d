import { answerParent } from '../harness/answer-parent.ts';
import { timeAsync, timeSync } from '../harness/timed-loop.ts';
import type { FeedAddress } from '../revocation-subjects/feed-address.ts';
import type { PublicIssuer } from './tokens.ts';

/** A way to verify the tokens of an issuer. */
export interface TokenSubject<Input> {
  /** What `verify` starts from: for most the token's own text. Not timed where tokens are verified once. */
  prepare(token: string): Input;
  /** Throws, or rejects, for a token that is not accepted. */
  verify(input: Input): unknown;
  /** Whether `verify` answers with a promise. Where it does not, nothing is awaited. */
  readonly isAsync: boolean;
}

/** What the resource server of a subject knows of its issuer. */
export interface KnownIssuer extends PublicIssuer {
  /** Of the node that tells its revocations. */
  readonly feed: FeedAddress;
}

/** What the process of a subject can be asked for. */
export interface TokenOperations {
  open(issuer: KnownIssuer, liveToken: string, freshTokens: readonly string[]): Promise<void>;
  accepts(token: string): Promise<boolean>;
  /** @returns Microseconds to verify the live token, again and again for about `forMs`. */
  again(forMs: number): Promise<number>;
  /** @returns Microseconds a token, where each of the fresh tokens from `start` to `end` is verified once. */
  once(start: number, end: number): Promise<number>;
}

const SCHEME = 'Bearer ';

/** Makes this process that of a subject. */
export function serveTokenSubject<Input>(
  open: (issuer: KnownIssuer) => TokenSubject<Input> | Promise<TokenSubject<Input>>,
): void {
  let subject: TokenSubject<Input>;
  let authorization: string;
  let tokens: readonly string[];

  // As in every request: the same characters, but a text of its own. One that was looked up before carries its hash.
  const verifyAgain = () => subject.verify(subject.prepare(authorization.slice(SCHEME.length)));

  answerParent<TokenOperations>({
    open: async (issuer, liveToken, freshTokens) => {
      subject = await open(issuer);
      authorization = SCHEME + liveToken;
      tokens = freshTokens;
      // Whatever is made for the first token, such as keys, is made now.
      await verifyAgain();
    },
    accepts: async (token) => {
      try {
        await subject.verify(subject.prepare(token));
        return true;
      } catch {
        return false;
      }
    },
    again: async (forMs) => (subject.isAsync ? timeAsync(forMs, verifyAgain) : timeSync(forMs, verifyAgain)),
    once: async (start, end) => timeOnce(subject, tokens.slice(start, end)),
  });
}

/** A subject that verifies the text of a token as it came. */
export function verifyingText(isAsync: boolean, verify: (token: string) => unknown): TokenSubject<string> {
  return { prepare: (token) => token, verify, isAsync };
}

async function timeOnce<Input>(subject: TokenSubject<Input>, tokens: readonly string[]): Promise<number> {
  const inputs = tokens.map((token) => subject.prepare(token));
  const start = performance.now();
  if (subject.isAsync) for (const input of inputs) await subject.verify(input);
  else for (const input of inputs) subject.verify(input);
  return ((performance.now() - start) / inputs.length) * 1000;
}
