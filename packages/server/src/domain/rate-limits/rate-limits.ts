import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../instant.ts';

export interface RateLimit {
  /** Attempts within the window; what comes beyond is refused until it ends. */
  readonly attempts: number;
  readonly windowMs: number;
}

/**
 * How often a thing may be tried, each by a key of its own. Generous for people, several of whom may share an
 * address; small against what guessing takes. An attempt that turned out to be an honest one is given back.
 */
export const RATE_LIMITS = {
  /** Wrong passwords from one network, whatever the account. */
  signInByNetwork: { attempts: 100, windowMs: 15 * MINUTE_MS },
  /** Wrong passwords for one account, from wherever: what comes beyond is slowed down, not locked out. */
  signInByAccount: { attempts: 10, windowMs: 15 * MINUTE_MS },
  /** When slowed down: for one account from one network, so that whoever guesses elsewhere takes nobody's turn. */
  slowSignInByNetwork: { attempts: 1, windowMs: 30 * SECOND_MS },
  /** When slowed down: for one account from all networks together. */
  slowSignInByAccount: { attempts: 1, windowMs: 10 * SECOND_MS },
  /** Wrong passwords for one account in a browser that has signed in to it before: others' guesses do not count. */
  signInByKnownDevice: { attempts: 10, windowMs: 15 * MINUTE_MS },
  /** Accounts made from one network. */
  signUpByNetwork: { attempts: 30, windowMs: HOUR_MS },
  /** Mails that somebody has sent to one address, for each of what can be asked for: to confirm, to reset. */
  mailByAddress: { attempts: 6, windowMs: HOUR_MS },
  /** Mails that somebody has sent from one network. */
  mailByNetwork: { attempts: 40, windowMs: HOUR_MS },
  /** One-time tokens from one network that were none. */
  oneTimeTokenByNetwork: { attempts: 50, windowMs: 15 * MINUTE_MS },
  /** Wrong codes in a browser that asked for a link to sign in: a code has 40 bits, and the link lives an hour at most. */
  magicLinkByBrowser: { attempts: 5, windowMs: HOUR_MS },
  /** Wrong secrets of clients from one network. */
  clientByNetwork: { attempts: 100, windowMs: 15 * MINUTE_MS },
  /** Proofs of keys that public clients sent from one network and that came to nothing: each writes a row. */
  proofByNetwork: { attempts: 300, windowMs: 15 * MINUTE_MS },
  /** Requests that public clients push from one network: nothing proves who they are. */
  pushByNetwork: { attempts: 300, windowMs: 15 * MINUTE_MS },
  /** Wrong passwords of somebody who is signed in: for a new password, a new address, a deletion. */
  passwordBySession: { attempts: 10, windowMs: 15 * MINUTE_MS },
} as const satisfies Record<string, RateLimit>;

export type RateLimitName = keyof typeof RATE_LIMITS;
