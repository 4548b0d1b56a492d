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
export const adminRoleRequest = z.strictObject({ role });
export const adminKeyRotationRequest = z.strictObject({
  dangerously_now: z
    .boolean()
    .optional()
    .meta({ description: 'Also where some verifiers cannot know the next key yet, and would refuse its tokens' }),
});

export type AdminUsersQuery = z.input<typeof adminUsersQuery>;
export type AdminSessionsQuery = z.input<typeof adminSessionsQuery>;
export type AdminAuditQuery = z.input<typeof adminAuditQuery>;
