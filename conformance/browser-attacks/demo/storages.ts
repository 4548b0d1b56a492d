/** Where the demo application may keep what stands for the user. Each has a site of its own. */

/** How a request says who asks. */
export type Carrier = 'header' | 'cookie' | 'url';

export interface Storage {
  readonly id: StorageId;
  /** As in the table. */
  readonly title: string;
  /** Registrable domain: `app.SITE` is the application, `evil-sibling.SITE` a subdomain that somebody else controls. */
  readonly site: string;
  readonly base: string;
  readonly carrier: Carrier;
  /** What the credential is: a JWT that lives for an hour and cannot be revoked, an id of a session, or Latchkey's. */
  readonly kind: 'jwt' | 'session id' | 'latchkey';
  /** Attributes of the demo's cookie. */
  readonly attributes?: string;
  /** Of Latchkey's server, as docs/browser.md recommends for the mode: `LATCHKEY_SESSION_TOKENS`. */
  readonly sessionTokens?: 'page' | 'cookie' | 'off';
}

const columns = {
  url: { title: 'URL', carrier: 'url', kind: 'jwt' },
  'local-storage': { title: 'localStorage', carrier: 'header', kind: 'jwt' },
  'session-storage': { title: 'sessionStorage', carrier: 'header', kind: 'jwt' },
  'readable-cookie': { title: 'cookie that scripts can read', carrier: 'cookie', kind: 'jwt', attributes: 'Secure' },
  'cookie-none': {
    title: 'HttpOnly cookie, SameSite=None',
    carrier: 'cookie',
    kind: 'session id',
    attributes: 'Secure; HttpOnly; SameSite=None',
  },
  'cookie-default': {
    title: 'HttpOnly cookie, no SameSite',
    carrier: 'cookie',
    kind: 'session id',
    attributes: 'Secure; HttpOnly',
  },
  'cookie-lax': {
    title: 'HttpOnly cookie, Lax',
    carrier: 'cookie',
    kind: 'session id',
    attributes: 'Secure; HttpOnly; SameSite=Lax',
  },
  'cookie-strict': {
    title: 'HttpOnly cookie, Strict',
    carrier: 'cookie',
    kind: 'session id',
    attributes: 'Secure; HttpOnly; SameSite=Strict',
  },
  'jwt-cookie': {
    title: 'JWT in HttpOnly cookie, Strict',
    carrier: 'cookie',
    kind: 'jwt',
    attributes: 'Secure; HttpOnly; SameSite=Strict',
  },
  memory: { title: 'page memory', carrier: 'header', kind: 'jwt' },
  'memory-dpop': { title: 'page memory + DPoP', carrier: 'header', kind: 'jwt' },
  'latchkey-session': { title: 'Latchkey `session`', carrier: 'cookie', kind: 'latchkey', sessionTokens: 'off' },
  'latchkey-jwt-cookie': {
    title: 'Latchkey `jwt-cookie`',
    carrier: 'cookie',
    kind: 'latchkey',
    sessionTokens: 'cookie',
  },
  'latchkey-memory': { title: 'Latchkey `memory`', carrier: 'header', kind: 'latchkey', sessionTokens: 'page' },
  'latchkey-dpop': { title: 'Latchkey `memory` + DPoP', carrier: 'header', kind: 'latchkey', sessionTokens: 'page' },
} as const satisfies Record<string, Omit<Storage, 'id' | 'site' | 'base'>>;

export type StorageId = keyof typeof columns;

export const storageIds = Object.keys(columns) as StorageId[];

/** Both ways of the mode `memory` are of one Latchkey, and so of one origin. */
const MEMORY_SITE = 'latchkey-memory.test';

export function storageOf(id: StorageId): Storage {
  const column: Omit<Storage, 'id' | 'site' | 'base'> = columns[id];
  return {
    id,
    site: usesApi(column) ? MEMORY_SITE : `${id}.test`,
    base: usesApi(column) ? `/shop-${id}/` : '/shop/',
    ...column,
  };
}

/** Whether the application works with an API on another origin. */
export const usesApi = ({ kind, carrier }: Pick<Storage, 'kind' | 'carrier'>): boolean =>
  kind === 'latchkey' && carrier === 'header';

/** The same storage on another server, with times that a test can wait for: it rotates every second. */
export function quickOf(storage: Storage): Storage {
  return storage.kind === 'latchkey' ? { ...storage, site: `quick-${storage.site}` } : storage;
}

/** Whose request it is, by its host and path; undefined where no application is. */
export function storageAt(host: string, path: string): Storage | undefined {
  for (const id of storageIds) {
    for (const storage of [storageOf(id), quickOf(storageOf(id))]) {
      if (host === `app.${storage.site}` && path.startsWith(storage.base)) return storage;
    }
  }
  return undefined;
}
