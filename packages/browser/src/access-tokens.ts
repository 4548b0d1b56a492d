/** How long an access token lives, and from when on. */
export interface Life {
  /** Both clocks: one stands still while the machine sleeps, the other can be set. In milliseconds. */
  readonly gotAt: number;
  readonly gotAtMonotonic: number;
  readonly lifeMs: number;
}

/** An access token, and who may use it. */
export interface AccessToken extends Life {
  readonly token: string;
  readonly type: 'Bearer' | 'DPoP';
}

/** A life that begins now: taken before the token is asked for. */
export function newLife(): Omit<Life, 'lifeMs'> {
  return { gotAt: Date.now(), gotAtMonotonic: monotonic() };
}

/** Part of its life after which a token is renewed while it still serves. */
const RENEW_AFTER = 0.75;

/** How much of its life is over, by the clock that says more; at 1 and above it is dead. Never asks the issuer's clock. */
export function ageOf({ gotAt, gotAtMonotonic, lifeMs }: Life): number {
  return Math.max(Date.now() - gotAt, monotonic() - gotAtMonotonic) / lifeMs;
}

export function isDue(token: Life): boolean {
  return ageOf(token) >= RENEW_AFTER;
}

/** The same clock in all tabs. */
function monotonic(): number {
  return performance.timeOrigin + performance.now();
}
