/** What the management API is about; each has a scope that changes it and one that only reads it. */
export const ADMIN_NOUNS = ['users', 'sessions', 'clients', 'keys', 'audit'] as const;
export type AdminNoun = (typeof ADMIN_NOUNS)[number];

export type AdminAccess = 'read' | 'write';

/** Everything. */
export const ADMIN_SCOPE = 'admin';

/** All scopes of the management API. */
export const ADMIN_SCOPES: readonly string[] = [
  ADMIN_SCOPE,
  ...ADMIN_NOUNS.flatMap((noun) => [adminScope(noun, 'write'), adminScope(noun, 'read')]),
];

/** The least scope that is enough. */
export function adminScope(noun: AdminNoun, access: AdminAccess): string {
  return access === 'read' ? `admin:${noun}:read` : `admin:${noun}`;
}

/** Whether scopes are enough: one that changes also reads, and `admin` does all. */
export function areEnough(scopes: readonly string[], noun: AdminNoun, access: AdminAccess): boolean {
  return [ADMIN_SCOPE, adminScope(noun, 'write'), adminScope(noun, access)].some((scope) => scopes.includes(scope));
}
