/** What each attack is known to obtain in Chromium. A browser or a server that changes shows up as a cell that fails. */
import type { AttackId } from './attacks/index.ts';
import type { StorageId } from './demo/storages.ts';
import type { Ending } from './facts.ts';
import type { Outcome } from './observation.ts';

/** The attacks, and the one that needs cookies older than two minutes. */
export type ColumnId = AttackId | 'form-later';
export type FactId = 'secondTab' | 'reload' | 'restart' | 'forgets';

const taken = 'credential';
const found = 'credential, found out';
const inPlace = 'use in place';
const once = 'one request';
const swapped = 'swapped account';
const page = 'private page';
const no = 'nothing';

type Row = Readonly<Record<StorageId, Outcome>>;

/** The same for all storages, but for some. */
const all = (usual: Outcome, others: Partial<Row> = {}): Row => ({
  url: usual,
  'local-storage': usual,
  'session-storage': usual,
  'readable-cookie': usual,
  'cookie-none': usual,
  'cookie-default': usual,
  'cookie-lax': usual,
  'cookie-strict': usual,
  'jwt-cookie': usual,
  memory: usual,
  'memory-dpop': usual,
  'latchkey-session': usual,
  'latchkey-jwt-cookie': usual,
  'latchkey-memory': usual,
  'latchkey-dpop': usual,
  ...others,
});

export const expected: Readonly<Record<ColumnId, Row>> = {
  'script-reads': all(no, {
    url: taken,
    'local-storage': taken,
    'session-storage': taken,
    'readable-cookie': taken,
  }),
  'script-listens': all(no, {
    url: taken,
    'local-storage': taken,
    'session-storage': taken,
    memory: taken,
    'memory-dpop': once,
    'latchkey-memory': taken,
    'latchkey-dpop': once,
  }),
  'script-asks': all(no, { 'latchkey-memory': taken, 'latchkey-dpop': taken }),
  'vendor-takes': all(no, {
    url: taken,
    'local-storage': taken,
    'session-storage': taken,
    'readable-cookie': taken,
    memory: taken,
    'memory-dpop': once,
    'latchkey-memory': taken,
    'latchkey-dpop': taken,
  }),
  'script-uses': all(inPlace),
  'form-soon': all(no, { 'readable-cookie': once, 'cookie-none': once, 'cookie-default': once }),
  'form-later': all(no, { 'cookie-none': once }),
  image: all(no, { 'cookie-none': once }),
  fetch: all(no, { 'cookie-none': once }),
  link: all(no, { 'readable-cookie': once, 'cookie-none': once, 'cookie-default': once, 'cookie-lax': once }),
  'sibling-form': all(no, {
    'readable-cookie': once,
    'cookie-none': once,
    'cookie-default': once,
    'cookie-lax': once,
    'cookie-strict': once,
    'jwt-cookie': once,
    'latchkey-session': once,
  }),
  'cookie-tossing': all(no, {
    'readable-cookie': swapped,
    'cookie-none': swapped,
    'cookie-default': swapped,
    'cookie-lax': swapped,
    'cookie-strict': swapped,
    'jwt-cookie': swapped,
  }),
  trace: all(no),
  referer: all(no, { url: taken }),
  history: all(no, { url: taken }),
  'stolen-profile': all(taken, {
    url: no,
    memory: no,
    'memory-dpop': no,
    'latchkey-session': found,
    'latchkey-jwt-cookie': found,
    'latchkey-memory': found,
    'latchkey-dpop': found,
  }),
  'logged-request': all(taken, { 'memory-dpop': no, 'latchkey-session': found, 'latchkey-dpop': no }),
  back: all(no, {
    url: inPlace,
    'readable-cookie': page,
    'cookie-none': page,
    'cookie-default': page,
    'cookie-lax': page,
    'cookie-strict': page,
    'jwt-cookie': page,
    'latchkey-session': page,
    'latchkey-jwt-cookie': page,
  }),
  'shared-cache': all(no, {
    'readable-cookie': taken,
    'cookie-none': taken,
    'cookie-default': taken,
    'cookie-lax': taken,
    'cookie-strict': taken,
    'jwt-cookie': taken,
  }),
};

const cookie = { reload: true, secondTab: true, restart: true, forgets: true };

export const expectedFacts: Readonly<Record<StorageId, Readonly<Record<FactId, boolean>>>> = {
  url: { reload: true, secondTab: false, restart: false, forgets: true },
  'local-storage': { reload: true, secondTab: true, restart: true, forgets: false },
  'session-storage': { reload: true, secondTab: false, restart: false, forgets: true },
  'readable-cookie': cookie,
  'cookie-none': cookie,
  'cookie-default': cookie,
  'cookie-lax': cookie,
  'cookie-strict': cookie,
  'jwt-cookie': cookie,
  memory: { reload: false, secondTab: false, restart: false, forgets: true },
  'memory-dpop': { reload: false, secondTab: false, restart: false, forgets: true },
  'latchkey-session': cookie,
  'latchkey-jwt-cookie': cookie,
  'latchkey-memory': cookie,
  'latchkey-dpop': cookie,
};

export const expectedEndings: Readonly<Record<StorageId, Ending>> = {
  url: 'when it expires',
  'local-storage': 'when it expires',
  'session-storage': 'when it expires',
  'readable-cookie': 'when it expires',
  'cookie-none': 'at once',
  'cookie-default': 'at once',
  'cookie-lax': 'at once',
  'cookie-strict': 'at once',
  'jwt-cookie': 'when it expires',
  memory: 'when it expires',
  'memory-dpop': 'nothing to copy',
  'latchkey-session': 'at once',
  'latchkey-jwt-cookie': 'at once',
  'latchkey-memory': 'at once',
  'latchkey-dpop': 'nothing to copy',
};
