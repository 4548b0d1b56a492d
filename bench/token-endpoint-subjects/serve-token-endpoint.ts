import { answerParent } from '../harness/answer-parent.ts';
import type { TokenTarget } from '../harness/token-load.ts';
import { createUsageMeter, type Usage } from '../harness/usage-meter.ts';

export const AUDIENCE = 'https://api.bench.example';
export const SCOPE = 'orders:read';
/** Seconds that an access token is good for. */
export const TTL_SECONDS = 600;

export interface TokenEndpointOptions {
  /** Every refresh gives another refresh token; else it is as the product comes, for a token that is young. */
  readonly isRotating: boolean;
}

/** A listening server with a token endpoint. */
export interface TokenEndpoint {
  /** Of a confidential client that may use both grants. */
  readonly target: Required<TokenTarget>;
  /** Makes refresh tokens, of which no two come from the same authorization. */
  begin(count: number): Promise<string[]>;
}

/** What the process of a subject can be asked for. */
export interface TokenEndpointOperations {
  open(options: TokenEndpointOptions): Promise<Required<TokenTarget>>;
  begin(count: number): Promise<string[]>;
  /** What serving took since it was last asked. */
  usage(): Usage;
}

/** Makes this process that of a subject. */
export function serveTokenEndpoint(open: (options: TokenEndpointOptions) => Promise<TokenEndpoint>): void {
  let endpoint: TokenEndpoint;
  answerParent<TokenEndpointOperations>({
    open: async (options) => {
      endpoint = await open(options);
      return endpoint.target;
    },
    begin: async (count) => endpoint.begin(count),
    usage: createUsageMeter(),
  });
}

/** Value of the Authorization header (RFC 6749 §2.3.1). The id and the secret need no encoding. */
export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}
