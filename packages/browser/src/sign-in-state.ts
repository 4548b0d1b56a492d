/** Who is signed in, as `GET /api/session` tells it. Times are RFC 3339, in UTC. */
export interface User {
  /** `usr_…` */
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string | null;
  readonly roles: readonly string[];
  readonly createdAt: string;
}

/** The session of this browser, or of this tab's slot. */
export interface Session {
  /** `ses_…` */
  readonly id: string;
  readonly remember: boolean;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  /** When the user last proved who they are. */
  readonly authTime: string;
  readonly expiresAt: string;
}

/** An account that this browser is signed in to, in whichever tab. */
export interface Account {
  /** For {@link LatchkeyClient.useAccount}; null for the browser's first one. */
  readonly slot: number | null;
  readonly user: Pick<User, 'id' | 'email' | 'name'>;
}

export type SignInState =
  /** Nobody has asked yet, or the server has not answered since the page began. On a server it is always this one. */
  | { readonly status: 'unknown' }
  | { readonly status: 'signed-out' }
  | { readonly status: 'signed-in'; readonly user: User; readonly session: Session };

export const UNKNOWN: SignInState = { status: 'unknown' };
export const SIGNED_OUT: SignInState = { status: 'signed-out' };
