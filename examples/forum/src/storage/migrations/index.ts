import { forum } from './0001-forum.ts';
import { accounts } from './0002-accounts.ts';

/** In order; position 0 makes schema 1. One that was released is never changed: a correction is a new one. */
export const migrations: readonly string[] = [forum, accounts];
