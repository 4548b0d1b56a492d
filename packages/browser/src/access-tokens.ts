/** An access token, and who may use it. */
export interface AccessToken {
  readonly token: string;
  readonly type: 'Bearer' | 'DPoP';
  /** Both clocks: one stands still while the machine sleeps, the other can be set. In milliseconds. */
  readonly gotAt: number;
  readonly gotAtMonotonic: number;
  readonly lifeMs: number;
}

/** Part of its life after which a token is renewed while it still serves. */
const RENEW_AFTER = 0.75;

/** How much of its life is over, by the clock that says more; at 1 and above it is dead. Never asks the issuer's clock. */
export function ageOf({ gotAt, gotAtMonotonic, lifeMs }: AccessToken): number {
  return Math.max(Date.now() - gotAt, performance.now() - gotAtMonotonic) / lifeMs;
}

export function isDue(token: AccessToken): boolean {
  return ageOf(token) >= RENEW_AFTER;
}
