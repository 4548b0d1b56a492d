/** Paths of the server. They are the protocol's, written once more: this package comes without dependencies. */
export const SESSION_PATH = '/api/session';
export const SESSION_TOKEN_PATH = '/api/session/token';
export const SESSION_ACCOUNTS_PATH = '/api/session/accounts';
export const SIGN_IN_PATH = '/api/sign-in';
/** How many accounts a browser holds, beside its first. */
export const MAX_SLOTS = 10;
export const SLOT_HEADER = 'Latchkey-Slot';
