import type { Client } from './client.ts';

/** What of a client an operator can change while it stays the same client. */
export type ChangeableClient = Pick<
  Client,
  | 'name'
  | 'grants'
  | 'scopes'
  | 'audiences'
  | 'redirectUris'
  | 'firstParty'
  | 'postLogoutRedirectUris'
  | 'backchannelLogoutUri'
  | 'dpopBound'
  | 'requirePushedRequests'
>;

/** Names of the members that differ. */
export function changedMembers(before: ChangeableClient, after: ChangeableClient): readonly (keyof ChangeableClient)[] {
  const names: readonly (keyof ChangeableClient)[] = [
    'name',
    'grants',
    'scopes',
    'audiences',
    'redirectUris',
    'firstParty',
    'postLogoutRedirectUris',
    'backchannelLogoutUri',
    'dpopBound',
    'requirePushedRequests',
  ];
  // In JSON: an address may have the commas that would join two of them.
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/**
 * Whether the client may do less than before: what it got by then says more than it may, and must not outlive the
 * change. A client without audiences had the server itself for its audience.
 */
export function takesAway(before: ChangeableClient, after: ChangeableClient): boolean {
  const loses = (name: 'grants' | 'scopes' | 'audiences' | 'redirectUris') =>
    (before[name] as readonly string[]).some((each) => !(after[name] as readonly string[]).includes(each));
  return (
    loses('grants') ||
    loses('scopes') ||
    loses('audiences') ||
    loses('redirectUris') ||
    (before.audiences.length === 0 && after.audiences.length > 0) ||
    (before.firstParty && !after.firstParty) ||
    (!before.dpopBound && after.dpopBound)
  );
}
