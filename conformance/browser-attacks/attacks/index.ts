import type { Observation } from '../observation.ts';
import type { Cell } from '../victim.ts';
import { loggedRequest, stolenProfile } from './copies.ts';
import {
  cookieTossing,
  fetchWithCredentials,
  formSoonAfterSignIn,
  image,
  siblingForm,
  topLevelLink,
} from './other-sites.ts';
import { asksForToken, listensToRequests, readsStorage, usesInPlace, vendorTakes } from './scripts.ts';
import { backAfterSignOut, historyAndLogs, referer, sharedCache, trace } from './traces.ts';

/** Each in a browser of its own, against one storage. The form on an old cookie is beside them: it needs a profile. */
export const attacks = {
  'script-reads': readsStorage,
  'script-listens': listensToRequests,
  'script-asks': asksForToken,
  'vendor-takes': vendorTakes,
  'script-uses': usesInPlace,
  'form-soon': formSoonAfterSignIn,
  image,
  fetch: fetchWithCredentials,
  link: topLevelLink,
  'sibling-form': siblingForm,
  trace,
  'cookie-tossing': cookieTossing,
  referer,
  history: historyAndLogs,
  'stolen-profile': stolenProfile,
  'logged-request': loggedRequest,
  back: backAfterSignOut,
  'shared-cache': sharedCache,
} as const satisfies Record<string, (cell: Cell) => Promise<Observation>>;

export type AttackId = keyof typeof attacks;
export const attackIds = Object.keys(attacks) as AttackId[];

/** These leave the browser as it was, but for the last: they may share one, in this order. */
export const sharingAttacks: readonly AttackId[] = [
  'form-soon',
  'image',
  'fetch',
  'link',
  'sibling-form',
  'trace',
  'cookie-tossing',
];
