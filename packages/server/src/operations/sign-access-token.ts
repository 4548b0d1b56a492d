import type { AccessTokenClaims } from '@latchkey/protocol';
import type { OperationContext } from './context.ts';

const TOKEN_ID_BYTES = 16;

export interface IssuedAccessToken {
  readonly kind: 'issued';
  readonly accessToken: string;
  /** `DPoP`: it is bound to a key (RFC 9449 §5). */
  readonly tokenType: 'Bearer' | 'DPoP';
  readonly expiresInSeconds: number;
  readonly scopes: readonly string[];
}

/** A `jti`: no other token has it. */
export function newTokenId({ random }: OperationContext): string {
  return Buffer.from(random(TOKEN_ID_BYTES)).toString('base64url');
}

/**
 * Signs an access token (RFC 9068), and says of it what its asker is told.
 *
 * @param keyThumbprint - Of the key that it is bound to (RFC 9449 §6.1); undefined: to none.
 */
export async function signAccessToken(
  { keyRing }: OperationContext,
  claims: AccessTokenClaims,
  scopes: readonly string[],
  keyThumbprint: string | undefined,
): Promise<IssuedAccessToken> {
  return {
    kind: 'issued',
    accessToken: await keyRing.signAccessToken(
      keyThumbprint === undefined ? claims : { ...claims, cnf: { jkt: keyThumbprint } },
    ),
    tokenType: keyThumbprint === undefined ? 'Bearer' : 'DPoP',
    expiresInSeconds: claims.exp - claims.iat,
    scopes,
  };
}
