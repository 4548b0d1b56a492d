export const AUDIENCE = 'https://api.bench.example';

/** Where a node listens, and a client that may follow its revocations. */
export interface FeedAddress {
  readonly origin: string;
  readonly client: { readonly id: string; readonly secret: string };
}
