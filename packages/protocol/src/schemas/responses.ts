import { z } from 'zod';
import { REVOCATION_KINDS } from '../revocations.ts';

const instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });

export const userResponse = z.object({
  id: z.string(),
  email: z.string(),
  emailVerified: z.boolean(),
  name: z.string().nullable(),
  roles: z.array(z.string()),
  createdAt: instant,
});

export const sessionResponse = z.object({
  id: z.string(),
  current: z.boolean(),
  remember: z.boolean(),
  createdAt: instant,
  lastUsedAt: instant,
  authTime: instant,
  expiresAt: instant,
  device: z.object({ label: z.string(), userAgent: z.string().nullable(), network: z.string().nullable() }),
  client: z
    .object({ id: z.string(), name: z.string() })
    .nullable()
    .meta({ description: 'The client that holds it; null for a browser' }),
});

export const signedInResponse = z.object({ user: userResponse, session: sessionResponse });
export const browserAccountsResponse = z.object({
  accounts: z.array(
    z.object({
      slot: z
        .int()
        .nullable()
        .meta({ description: 'What to send as `Latchkey-Slot`; null for the account without one' }),
      user: userResponse.pick({ id: true, email: true, name: true }),
    }),
  ),
});
export const authorizationResponse = z.object({
  clientId: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  since: instant,
  lastUsedAt: instant.nullable().meta({ description: 'Null where it holds no session' }),
});
export const authorizationListResponse = z.object({ authorizations: z.array(authorizationResponse) });
export const sessionListResponse = z.object({ sessions: z.array(sessionResponse) });
export const endedSessionsResponse = z.object({ ended: z.int() });
/** `DPoP`: whoever shows it must prove to have the key that it is bound to (RFC 9449 §5). */
const tokenType = z.enum(['Bearer', 'DPoP']);
export const accessTokenResponse = z.object({
  access_token: z.string(),
  token_type: tokenType,
  expires_in: z.int().meta({ description: 'Seconds' }),
  scope: z.string().optional(),
});
export const sessionTokenResponse = z.object({
  ...accessTokenResponse.shape,
  access_token: z.string().optional().meta({ description: 'Left out where it went into a cookie' }),
});
export const tokenResponse = z.object({
  ...accessTokenResponse.shape,
  refresh_token: z.string().optional().meta({ description: 'Left out where the one that was sent stays good' }),
  issued_token_type: z.string().optional().meta({ description: 'For a token that was exchanged (RFC 8693)' }),
  id_token: z.string().optional().meta({ description: 'With the scope `openid`, for a code' }),
});
/** RFC 9126 §2.2. */
export const pushedAuthorizationResponse = z.object({
  request_uri: z.string(),
  expires_in: z.int().meta({ description: 'Seconds' }),
});
/** Claims of the user (OpenID Connect Core §5.1), as far as the scopes of the token go. */
export const userinfoResponse = z.object({
  sub: z.string(),
  name: z.string().optional().meta({ description: 'With `profile`, where there is one' }),
  email: z.string().optional().meta({ description: 'With `email`' }),
  email_verified: z.boolean().optional().meta({ description: 'With `email`' }),
});
export const acceptedResponse = z.object({ status: z.literal('accepted') });
export const confirmedResponse = z.object({ status: z.literal('confirmed') });
export const addressConfirmedResponse = z.object({
  status: z.literal('confirmed'),
  passwordResetToken: z.string().nullable().meta({ description: 'Null where the account has a password' }),
});
export const undoneResponse = z.object({ status: z.literal('undone') });
export const revocationPageResponse = z.object({
  epoch: z.string(),
  head: z.int(),
  cursor: z.string(),
  seq: z.int(),
  elapsed_ms: z.int(),
  now: z.int(),
  events: z.array(
    z.object({
      seq: z.int(),
      kind: z.enum(REVOCATION_KINDS),
      key: z.string(),
      min_version: z.int().optional(),
      drop_after: z.int(),
    }),
  ),
});
export const clientKeysResponse = z.object({
  epoch: z.string(),
  seq: z.int(),
  clients: z.array(
    z.object({
      client_id: z.string(),
      version: z.int(),
      scope: z.string().optional(),
      audience: z.array(z.string()),
      keys: z.array(z.record(z.string(), z.unknown())).meta({ description: 'JWKs (RFC 7517)' }),
    }),
  ),
});
export const oauthErrorResponse = z.object({
  error: z.string(),
  error_description: z.string().optional(),
});
export const introspectionResponse = z.object({
  active: z.boolean(),
  token_type: tokenType.optional(),
  iss: z.string().optional(),
  sub: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  client_id: z.string().optional(),
  scope: z.string().optional(),
  exp: z.int().optional().meta({ description: 'Seconds since the epoch' }),
  iat: z.int().optional(),
  jti: z.string().optional(),
  auth_time: z.int().optional(),
  amr: z.array(z.string()).optional(),
  acr: z.string().optional(),
  roles: z.array(z.string()).optional(),
  sid: z.string().optional(),
  sv: z.int().optional(),
  cv: z.int().optional(),
  br: z.string().optional(),
  cnf: z.object({ jkt: z.string() }).optional().meta({ description: 'The key that it is bound to (RFC 9449 §6.2)' }),
  act: z.object({ sub: z.string() }).optional().meta({ description: 'Who acts for the subject (RFC 8693 §4.1)' }),
  via: z
    .array(z.object({ jti: z.string(), kid: z.string(), client_id: z.string(), cv: z.int().optional() }))
    .optional()
    .meta({ description: 'The tokens that this one was exchanged from' }),
});
export const problemResponse = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

export type UserResponse = z.output<typeof userResponse>;
export type SessionResponse = z.output<typeof sessionResponse>;
export type AuthorizationResponse = z.output<typeof authorizationResponse>;
export type SignedInResponse = z.output<typeof signedInResponse>;
export type AccessTokenResponse = z.output<typeof accessTokenResponse>;
