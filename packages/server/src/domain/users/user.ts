import type { UserId } from '../ids.ts';
import type { Instant } from '../instant.ts';

export type Role = 'user' | 'administrator';

export interface User {
  readonly id: UserId;
  readonly email: string;
  readonly emailVerifiedAt: Instant | null;
  readonly name: string | null;
  readonly role: Role;
  /** Roles that mean something to applications, and nothing here. */
  readonly applicationRoles: readonly string[];
  /** Raised by whatever revokes all tokens of the user at once; copied into every token. */
  readonly version: number;
  readonly createdAt: Instant;
  /** Since when the user may not sign in; null: may. */
  readonly bannedAt: Instant | null;
}

/** Roles as tokens and answers have them: none for an ordinary user. */
export function rolesOf({ role, applicationRoles }: Pick<User, 'role' | 'applicationRoles'>): readonly string[] {
  return role === 'user' ? applicationRoles : [role, ...applicationRoles];
}
