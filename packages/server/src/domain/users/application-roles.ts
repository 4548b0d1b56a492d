/** How many roles of applications a user may have: access tokens carry all of them. */
export const MAX_APPLICATION_ROLES = 20;

/** Also what separates names in the database: nothing that a name can have. */
const NAME = /^[a-z][a-z0-9._-]{0,39}$/;
/** What this server itself goes by is given in another way, to few. */
const RESERVED: ReadonlySet<string> = new Set(['user', 'administrator']);

/** Whether applications may have a role of this name. */
export function isApplicationRole(text: string): boolean {
  return NAME.test(text) && !RESERVED.has(text);
}

export type ApplicationRolesDecision =
  | { readonly kind: 'change'; readonly roles: readonly string[] }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'too_many_roles' };

/** Decides what roles somebody has who is to have one more, or not to have one of them; in alphabetical order. */
export function decideApplicationRoles(
  roles: readonly string[],
  role: string,
  change: 'grant' | 'withdraw',
): ApplicationRolesDecision {
  if (roles.includes(role) === (change === 'grant')) return { kind: 'unchanged' };
  if (change === 'withdraw') return { kind: 'change', roles: roles.filter((each) => each !== role) };
  if (roles.length >= MAX_APPLICATION_ROLES) return { kind: 'too_many_roles' };
  return { kind: 'change', roles: [...roles, role].toSorted() };
}
