import type { AdminImportedUser } from '@latchkey/protocol/schemas';
import { parseEmailAddress, type EmailAddress } from '../email-addresses/parse.ts';
import type { Instant } from '../instant.ts';
import {
  recogniseHash,
  type HashObjection,
  type ImportedScheme,
  type RecognisedHash,
} from '../passwords/imported-hash.ts';
import { isApplicationRole, MAX_APPLICATION_ROLES } from './application-roles.ts';

/** Somebody with an account at another product. */
export type ImportedUser = ImportedAccount | ImportedRegistration;

interface ImportedPerson {
  readonly email: EmailAddress;
  readonly name: string | null;
}

/** Whoever has confirmed the address there has an account here. */
export interface ImportedAccount extends ImportedPerson {
  readonly kind: 'account';
  /** Null for one who signs in by mail, or chooses a password by mail. */
  readonly password: ImportedPassword | null;
  readonly createdAt: Instant | null;
  readonly roles: readonly string[];
  readonly banned: boolean;
}

/** Whoever has not waits here as after a sign-up. */
export interface ImportedRegistration extends ImportedPerson {
  readonly kind: 'registration';
  readonly password: ImportedPassword;
}

export interface ImportedPassword {
  readonly scheme: ImportedScheme;
  /** As the database has it. */
  readonly stored: string;
}

export type ImportObjection =
  | 'invalid_email'
  | 'in_the_future'
  | 'role_not_allowed'
  | 'too_many_roles'
  /** There is nothing to wait for: whoever comes signs up. */
  | 'unconfirmed_without_password'
  /** A sign-up that waits has neither roles nor a ban. */
  | 'needs_account'
  | `hash_${HashObjection}`;

export interface ImportProblem {
  /** JSON pointer (RFC 6901) within the user. */
  readonly pointer: string;
  readonly objection: ImportObjection;
}

export type ReadImportedUserResult =
  | { readonly kind: 'good'; readonly user: ImportedUser }
  | { readonly kind: 'refused'; readonly problems: readonly ImportProblem[] };

/** Decides what becomes of somebody from another product, or what there is against it. */
export function readImportedUser(input: AdminImportedUser, now: Instant): ReadImportedUserResult {
  const email = parseEmailAddress(input.email);
  const hash = typeof input.password_hash === 'string' ? recogniseHash(input.password_hash) : undefined;
  const problems = [...findProblems(input, hash, now)];
  if (email === undefined) problems.unshift({ pointer: '/email', objection: 'invalid_email' });
  if (email === undefined || problems.length > 0) return { kind: 'refused', problems };
  const password = hash?.kind === 'recognised' ? hash : null;
  const person = { email, name: input.name ?? null };
  if (!input.email_verified && password !== null) {
    return { kind: 'good', user: { kind: 'registration', ...person, password } };
  }
  const { created_at: createdAt, roles, banned } = input;
  const user: ImportedAccount = {
    kind: 'account',
    ...person,
    password,
    createdAt: typeof createdAt === 'string' ? Date.parse(createdAt) : null,
    roles: [...new Set(roles)].toSorted(),
    banned: banned === true,
  };
  return { kind: 'good', user };
}

function* findProblems(
  input: AdminImportedUser,
  hash: RecognisedHash | undefined,
  now: Instant,
): Generator<ImportProblem> {
  const { email_verified: verified, created_at: createdAt, banned } = input;
  const roles = input.roles ?? [];
  if (hash?.kind === 'refused') yield { pointer: '/password_hash', objection: `hash_${hash.objection}` };
  if (Date.parse(createdAt ?? '') > now) yield { pointer: '/created_at', objection: 'in_the_future' };
  for (const [index, role] of roles.entries()) {
    if (!isApplicationRole(role)) yield { pointer: `/roles/${index}`, objection: 'role_not_allowed' };
  }
  if (new Set(roles).size > MAX_APPLICATION_ROLES) yield { pointer: '/roles', objection: 'too_many_roles' };
  if (verified) return;
  if (hash === undefined) yield { pointer: '/email_verified', objection: 'unconfirmed_without_password' };
  if (roles.length > 0) yield { pointer: '/roles', objection: 'needs_account' };
  if (banned === true) yield { pointer: '/banned', objection: 'needs_account' };
}
