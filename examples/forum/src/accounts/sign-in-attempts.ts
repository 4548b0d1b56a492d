import { createHash } from 'node:crypto';
import { getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import type { AppContext } from '../http/environment.ts';
import type { Seals } from './sealed.ts';

/** How long somebody may take at Latchkey: to sign up there, and to find the mail that confirms the address. */
export const ATTEMPT_LIFE_MS = 30 * 60_000;
/** Attempts that one browser has open. More cookies would not fit into a request. */
const MAX_ATTEMPTS = 5;

const attempt = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  next: z.string(),
  /** The account of the browser that it is for: `new` takes a slot that is free. */
  slot: z.union([z.number(), z.literal('new')]).optional(),
  remember: z.boolean(),
  startedAt: z.number(),
});

/** A sign-in that is under way: what the answer is checked by, and where it goes on. */
export type PendingSignIn = z.infer<typeof attempt>;

/**
 * Keeps sign-ins that are under way in the browser that began them, each in a cookie of its own: two tabs may sign in at
 * once, nobody finishes what another browser began, and strangers fill no table. The cookie is sealed: the verifier and
 * the nonce are secrets, and `next` was checked.
 */
export class SignInAttempts {
  readonly #seals: Seals;
  readonly #isSecure: boolean;
  readonly #prefix: string;

  constructor(seals: Seals, url: string) {
    this.#seals = seals;
    this.#isSecure = url.startsWith('https:');
    this.#prefix = this.#isSecure ? '__Host-sawal-sign-in.' : 'sawal-sign-in.';
  }

  keep(c: AppContext, pending: PendingSignIn): void {
    const name = this.#nameOf(pending.state);
    this.#dropOldest(c, pending.startedAt);
    const sealed = this.#seals.seal('sign-in attempt', name, JSON.stringify(pending)).toString('base64url');
    this.#set(c, name, sealed, ATTEMPT_LIFE_MS / 1000);
  }

  /** The attempt that an answer names, if this browser began it. The cookie is gone with this answer. */
  take(c: AppContext, state: string, now: number): PendingSignIn | undefined {
    const name = this.#nameOf(state);
    const pending = this.#read(name, getCookie(c, name), now);
    if (getCookie(c, name) !== undefined) this.#set(c, name, '', 0);
    return pending?.state === state ? pending : undefined;
  }

  #dropOldest(c: AppContext, now: number): void {
    const open = Object.entries(getCookie(c)).filter(([name]) => name.startsWith(this.#prefix));
    const started = ([name, value]: readonly [string, string]) => this.#read(name, value, now)?.startedAt ?? 0;
    const newestFirst = open.toSorted((one, other) => started(other) - started(one));
    for (const [name] of newestFirst.slice(MAX_ATTEMPTS - 1)) this.#set(c, name, '', 0);
  }

  #read(name: string, value: string | undefined, now: number): PendingSignIn | undefined {
    const text = value && this.#seals.open('sign-in attempt', name, Buffer.from(value, 'base64url'));
    if (text === undefined || text === '') return undefined;
    const pending = attempt.parse(JSON.parse(text));
    return now - pending.startedAt < ATTEMPT_LIFE_MS ? pending : undefined;
  }

  /** The state itself is anybody's: it is in the address. */
  #nameOf(state: string): string {
    return this.#prefix + createHash('sha256').update(state).digest('base64url').slice(0, 16);
  }

  #set(c: AppContext, name: string, value: string, maxAge: number): void {
    // Lax: the answer comes by a link from another site.
    setCookie(c, name, value, { path: '/', httpOnly: true, secure: this.#isSecure, sameSite: 'Lax', maxAge });
  }
}
