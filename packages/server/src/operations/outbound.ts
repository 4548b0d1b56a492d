/** A request to an address that was registered for a client. */
export interface OutboundRequest {
  /** https; or http, where it leads to this very machine and that is allowed. */
  readonly url: string;
  /** Sent as `application/x-www-form-urlencoded` by POST; undefined for GET. */
  readonly form?: Readonly<Record<string, string>>;
  /** What is expected back: the `Accept` header. */
  readonly accept: string;
  /** Longest body that is read; undefined where the status says it all, and the body may be of any length. */
  readonly maxBytes?: number;
}

/** Why there was no answer. For the log only. */
export type OutboundFailure =
  /** No https, a password in it, or an address in a network that is not public. */
  'address_not_allowed' | 'unreachable' | 'timed_out' | 'too_long';

export type OutboundResult =
  /** Whatever the status; redirects are not followed. */
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly reason: OutboundFailure };

/**
 * Requests of this server's own to addresses that others chose: within five seconds and a bound of bytes, without
 * redirects and cookies, and never into a network that is not public, besides those that the operator allowed.
 */
export interface OutboundRequests {
  /** Never rejects. */
  send(request: OutboundRequest): Promise<OutboundResult>;
}
