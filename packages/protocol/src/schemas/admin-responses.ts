import { z } from 'zod';

const instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });
const next = z.string().nullable().meta({ description: 'Cursor of the next page; null at the end' });

export const adminUserResponse = z.object({
  id: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
  name: z.string().nullable(),
  roles: z.array(z.string()),
  created_at: instant,
  banned_at: instant.nullable(),
});
export const adminUserListResponse = z.object({ users: z.array(adminUserResponse), next });
export const adminUserImportResponse = z.object({
  results: z
    .array(
      z.object({
        status: z.enum(['imported', 'waiting', 'existing']).meta({
          description:
            '`imported`: has an account now. `waiting`: will have one when the address is confirmed. `existing`: was left as it is',
        }),
        id: z.string().nullable().meta({ description: 'Of the account, where there is one' }),
      }),
    )
    .meta({ description: 'In the order of the request' }),
});
const changed = z.boolean().meta({ description: 'False where it was so already' });
const sessionsEnded = z.int().meta({ description: 'How many sessions ended' });
export const adminRoleResponse = z.object({ ...adminUserResponse.shape, changed });
export const adminBanResponse = z.object({ ...adminUserResponse.shape, changed, sessions_ended: sessionsEnded });
export const adminEndedSessionsResponse = z.object({ sessions_ended: sessionsEnded });

export const adminSessionResponse = z.object({
  id: z.string(),
  user_id: z.string(),
  email: z.string(),
  client_id: z.string().nullable().meta({ description: "The client that holds it; null for a browser's" }),
  created_at: instant,
  last_used_at: instant,
  expires_at: instant,
  device: z.string(),
  user_agent: z.string().nullable(),
  network: z.string().nullable(),
});
export const adminSessionListResponse = z.object({ sessions: z.array(adminSessionResponse), next });

export const adminKeyResponse = z.object({
  kid: z.string(),
  algorithm: z.string(),
  state: z.enum(['next', 'active', 'retired']),
  created_at: instant,
});
export const adminKeyListResponse = z.object({ keys: z.array(adminKeyResponse) });
export const adminKeyRevocationResponse = z.object({
  revoked: z.object({ kid: z.string(), was: z.string() }),
  signs_now: z.string().nullable().meta({ description: 'The key that signs now, where it is another than before' }),
  keys: z.array(adminKeyResponse),
});

export const adminAuditEventResponse = z.object({
  seq: z.int().nullable().meta({ description: 'Place in the chain; null until it has one' }),
  id: z.string(),
  at: instant,
  type: z.string(),
  outcome: z.string(),
  actor: z.string().nullable(),
  target: z.string().nullable(),
  network: z.string().nullable(),
  user_agent: z.string().nullable(),
  details: z.unknown(),
  mac: z.string().nullable(),
});
export const adminAuditListResponse = z.object({ events: z.array(adminAuditEventResponse), next });
export const adminAuditChainResponse = z.object({
  events: z.array(adminAuditEventResponse),
  next: z.int().nullable().meta({ description: 'Cursor of the next page; null at the end' }),
});
export const adminAuditVerificationResponse = z.object({
  kind: z
    .enum(['unfinished', 'intact', 'changed', 'missing', 'base_forged', 'end_missing', 'not_as_expected'])
    .meta({ description: '`unfinished`: so far intact, go on with `next`. All but `intact` and this: broken' }),
  seq: z.int().optional().meta({ description: 'Where it is broken, or how far it was followed' }),
  next: z.string().optional().meta({ description: 'Cursor of the next part' }),
  events: z.int().optional().meta({ description: 'How many there are' }),
  removed: z.int().optional().meta({ description: 'How many were removed by age' }),
  head: z.string().optional().meta({ description: 'The end of the chain: keep it elsewhere' }),
});

export type AdminUserImportResponse = z.output<typeof adminUserImportResponse>;
export type AdminUserResponse = z.output<typeof adminUserResponse>;
export type AdminSessionResponse = z.output<typeof adminSessionResponse>;
export type AdminKeyResponse = z.output<typeof adminKeyResponse>;
export type AdminAuditEventResponse = z.output<typeof adminAuditEventResponse>;
export type AdminAuditVerificationResponse = z.output<typeof adminAuditVerificationResponse>;
