import { z } from 'zod';
import { plainText } from './text.ts';

/** As accounts are made: any characters at all, the policy counts them. */
const password = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => text.isWellFormed(), 'Not well-formed Unicode')
  .meta({ description: 'Password: 8 to 1,024 characters' });
const role = z.enum(['user', 'administrator']);

export const MAX_PAGE_SIZE = 100;

/** Parameters of a query are text, whatever they mean. */
const page = {
  limit: z
    .string()
    .regex(/^[1-9]\d?$|^100$/, 'Give a number from 1 to 100')
    .transform(Number)
    .optional()
    .meta({ description: `How many at most, 1 to ${MAX_PAGE_SIZE}; 50 unless said otherwise` }),
  cursor: plainText(1, 512).optional().meta({ description: '`next` of the page before' }),
};
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const instantText = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .optional();
/** A place in the chain of audit events, as a verification names its head. */
const chainLink = z
  .string()
  .regex(/^\d{1,15}:[\w-]{43}$/, 'Not a link of the chain: SEQ:MAC')
  .optional();

export const adminUsersQuery = z.strictObject({
  email: plainText(1, 254).optional().meta({
    description:
      'How the address begins, in lower case, its domain in ASCII. The list is then in the order of addresses',
  }),
  role: z
    .string()
    .regex(/^[a-z][a-z0-9._-]{0,39}$/, 'Not the name of a role')
    .optional()
    .meta({ description: '`user` (no administrator), `administrator`, or a role of your applications' }),
  banned: flag.optional().meta({ description: '`true` or `false`' }),
  order: z.enum(['newest', 'oldest']).optional().meta({ description: 'Newest first, unless said otherwise' }),
  ...page,
});
export const adminSessionsQuery = z.strictObject({
  user: plainText(1, 64).optional().meta({ description: 'Id of a user: of this one alone' }),
  ...page,
});
export const adminClientsQuery = z.strictObject(page);
export const adminAuditQuery = z.strictObject({
  type: plainText(1, 64).optional().meta({ description: 'Such as `user.banned`' }),
  actor: plainText(1, 128).optional().meta({ description: 'Who did it: an id, `cli` or `server`' }),
  target: plainText(1, 128).optional().meta({ description: 'What it was done to: an id' }),
  about: plainText(1, 128).optional().meta({ description: 'Either of both' }),
  since: instantText.meta({ description: 'RFC 3339, inclusive' }),
  until: instantText.meta({ description: 'RFC 3339, exclusive' }),
  ...page,
});
export const adminAuditChainQuery = z.strictObject({
  limit: page.limit,
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'Not a place in the chain')
    .transform(Number)
    .optional()
    .meta({ description: '`next` of the page before, or the `seq` of the last event that you have' }),
});
export const adminAuditVerificationQuery = z.strictObject({
  cursor: chainLink.meta({ description: '`next` of the part before' }),
  expect: chainLink.meta({ description: 'A `head` from earlier, which must still be in the chain' }),
});

export const adminUserRequest = z.strictObject({
  email: plainText(3, 254).meta({ description: 'Counts as confirmed' }),
  password,
  name: plainText(1, 120).optional().meta({ description: 'Name to show' }),
  role: role.optional().meta({ description: '`administrator` needs the scope `admin`' }),
});
/** What is written as null counts as left out: exports of databases have it so. */
const optional = <Schema extends z.ZodType>(schema: Schema, description: string) =>
  schema.nullable().optional().meta({ description });

export const MAX_IMPORTED_USERS = 100;

export const adminImportedUser = z.strictObject({
  email: plainText(3, 254).meta({ description: 'Address' }),
  email_verified: z.boolean().meta({
    description: 'Whether the other product has confirmed the address. If not, an account is made once its owner does',
  }),
  name: optional(plainText(1, 120), 'Name to show'),
  password_hash: optional(
    plainText(1, 512),
    'bcrypt ($2a$, $2b$, $2y$; cost 4 to 14), argon2id, argon2i or scrypt in PHC format, or Better Auth’s salt:key',
  ),
  created_at: optional(z.iso.datetime({ offset: true }), 'RFC 3339: since when the person had an account'),
  roles: optional(z.array(plainText(1, 64)).max(64), 'Roles of your applications'),
  banned: optional(z.boolean(), 'May not sign in'),
});
export const adminUserImportRequest = z.strictObject({
  users: z.array(adminImportedUser).min(1).max(MAX_IMPORTED_USERS),
  dry_run: z.boolean().optional().meta({ description: 'Only say what would be done' }),
});
export const adminRoleRequest = z.strictObject({ role });
export const adminKeyRotationRequest = z.strictObject({
  dangerously_now: z
    .boolean()
    .optional()
    .meta({ description: 'Also where some verifiers cannot know the next key yet, and would refuse its tokens' }),
});

export type AdminImportedUser = z.output<typeof adminImportedUser>;
export type AdminUsersQuery = z.input<typeof adminUsersQuery>;
export type AdminSessionsQuery = z.input<typeof adminSessionsQuery>;
export type AdminAuditQuery = z.input<typeof adminAuditQuery>;
