import type { Page } from 'playwright-core';

/** What a user does on the site: by hand, by a form's fields, or by a script. */
export interface Steps {
  /** Ends when the user has done what it takes; what comes of it is waited for elsewhere. */
  signIn(page: Page): Promise<void>;
  /** @returns whether it was done; undefined: nobody can */
  readonly signOut?: ((page: Page) => Promise<boolean>) | undefined;
  readonly changePassword?: ((page: Page) => Promise<void>) | undefined;
}

export interface Login {
  readonly email: string | undefined;
  readonly password: string | undefined;
}
