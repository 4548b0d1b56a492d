/** Power over the server that this very process gives to itself. */
export interface LocalAuthority {
  /** For the audit log. */
  readonly actor: string;
}

/** The objects that were given out: power is to have one of them, which nothing that is sent or parsed can be. */
const GIVEN = new WeakSet<object>();

/** Gives power over the server to whoever holds the result, in this process. Never call it for a request. */
export function grantLocalAuthority(actor: string): LocalAuthority {
  const authority = Object.freeze({ actor });
  GIVEN.add(authority);
  return authority;
}

/** Whether it was given out here, and not only looks like that. */
export function isLocalAuthority(value: unknown): value is LocalAuthority {
  return typeof value === 'object' && value !== null && GIVEN.has(value);
}
