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
});

export const signedInResponse = z.object({ user: userResponse, session: sessionResponse });
export const sessionListResponse = z.object({ sessions: z.array(sessionResponse) });
export const endedSessionsResponse = z.object({ ended: z.int() });
export const accessTokenResponse = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Seconds' }),
  scope: z.string().optional(),
});
export const acceptedResponse = z.object({ status: z.literal('accepted') });
export const confirmedResponse = z.object({ status: z.literal('confirmed') });
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
export type SignedInResponse = z.output<typeof signedInResponse>;
export type AccessTokenResponse = z.output<typeof accessTokenResponse>;
