import type { AccessTokenClaims } from '@latchkey/protocol';
import type { OperationContext } from './context.ts';

const TOKEN_ID_BYTES = 16;

export interface IssuedAccessToken {
  readonly kind: 'issued';
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly scopes: readonly string[];
}

/** A `jti`: no other token has it. */
export function newTokenId({ random }: OperationContext): string {
  return Buffer.from(random(TOKEN_ID_BYTES)).toString('base64url');
}

/** Signs an access token (RFC 9068), and says of it what its asker is told. */
export async function signAccessToken(
  { keyRing }: OperationContext,
  claims: AccessTokenClaims,
  scopes: readonly string[],
): Promise<IssuedAccessToken> {
  return {
    kind: 'issued',
    accessToken: await keyRing.signAccessToken(claims),
    expiresInSeconds: claims.exp - claims.iat,
    scopes,
  };
}
