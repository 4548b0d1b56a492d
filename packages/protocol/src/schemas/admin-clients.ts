import { z } from 'zod';

/** What is in it is checked by the rules of registration; only the size is here. */
const text = z.string().max(4096);
const texts = z.array(text).max(100);
/** A member of a key in a list of keys; certificates are lists in it (RFC 7517 §4.7). Who reads it may use recursion. */
const MAX_KEY_SET_DEPTH = 8;
const keySet = z
  .record(z.string(), z.unknown())
  .refine((value) => isShallow(value, MAX_KEY_SET_DEPTH), 'Nested too deeply')
  .meta({ description: 'Public keys: a JWK or a JWK Set (RFC 7517)' });
const uri = (description: string) => text.meta({ description });

/** By the names of RFC 7591 §2, and `audiences`. */
const metadata = {
  client_name: text.meta({ description: 'What people call it' }),
  grant_types: texts.meta({ description: 'Grants that it may use' }),
  scope: text.meta({ description: 'Scopes that it may have, separated by spaces; those of the server need `admin`' }),
  audiences: texts.meta({ description: 'Resource servers that its tokens are for, or that it is' }),
  redirect_uris: texts.meta({ description: 'Where its users may be sent back to, exactly' }),
  post_logout_redirect_uris: texts.meta({ description: 'Where they may be sent once they have signed out, exactly' }),
  backchannel_logout_uri: uri('Where it is told that a user has signed out').nullable(),
  dpop_bound_access_tokens: z.boolean().meta({ description: 'Its tokens must be bound to a key (RFC 9449 §5.2)' }),
  require_pushed_authorization_requests: z.boolean().meta({ description: 'RFC 9126 §6' }),
  first_party: z.boolean().meta({ description: "The operator's own: users are not asked. Needs `admin`" }),
};

export const adminClientRequest = z
  .strictObject(metadata)
  .partial()
  .extend({
    client_name: metadata.client_name,
    token_endpoint_auth_method: text.optional().meta({ description: '`none` for a public client' }),
    jwks: keySet.optional(),
    jwks_uri: uri('Where its public keys are fetched from').optional(),
  });
export const adminClientChangeRequest = z.strictObject(metadata).partial();
export const adminClientKeysRequest = z.strictObject({
  jwks: keySet.optional(),
  jwks_uri: uri('Where the public keys are fetched from').optional(),
});
export const adminClientSecretRequest = z.strictObject({
  overlap_seconds: z
    .int()
    .min(0)
    .max(2_592_000)
    .optional()
    .meta({ description: 'For how long the secret of before is still accepted; 0 voids it and all tokens' }),
});

export const adminClientResponse = z.object({
  client_id: z.string(),
  client_secret: z.string().optional().meta({ description: 'Shown this once' }),
  client_secret_expires_at: z.int().optional().meta({ description: '0: never' }),
  client_name: z.string(),
  client_id_issued_at: z.int().meta({ description: 'Seconds since the epoch' }),
  token_endpoint_auth_method: z.string(),
  grant_types: z.array(z.string()),
  scope: z.string(),
  audiences: z.array(z.string()),
  redirect_uris: z.array(z.string()),
  post_logout_redirect_uris: z.array(z.string()),
  backchannel_logout_uri: z.string().nullable(),
  dpop_bound_access_tokens: z.boolean(),
  require_pushed_authorization_requests: z.boolean(),
  jwks_uri: z.string().optional(),
  jwks: z
    .object({ keys: z.array(z.record(z.string(), z.unknown())) })
    .optional()
    .meta({ description: 'Its public keys, registered or fetched' }),
  first_party: z.boolean(),
  disabled: z.boolean(),
});
export const adminAddedClientResponse = z.object({
  ...adminClientResponse.shape,
  keys_not_fetched: z.string().optional().meta({ description: 'Why its keys could not be fetched yet' }),
});
export const adminClientListResponse = z.object({
  clients: z.array(adminClientResponse),
  next: z.string().nullable().meta({ description: 'Cursor of the next page; null at the end' }),
});
export const adminClientChangeResponse = z.object({
  ...adminClientResponse.shape,
  changed: z.boolean().meta({ description: 'False where it was so already' }),
  sessions_ended: z.int().meta({ description: 'How many sessions that it held ended' }),
});
export const adminClientSecretResponse = z.object({
  ...adminClientResponse.shape,
  previous_secret_until: z.iso
    .datetime()
    .nullable()
    .meta({ description: 'Until when the secret of before is accepted; null: it and all tokens are void' }),
});

export type AdminClientRequest = z.output<typeof adminClientRequest>;
export type AdminClientChangeRequest = z.output<typeof adminClientChangeRequest>;
export type AdminClientResponse = z.output<typeof adminClientResponse>;

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((member) => isShallow(member, depth - 1));
}
