import type { BrowserContext, Frame, Page } from 'playwright-core';
import type { PageFacts, Snapshot, StoredItem } from './evidence.ts';

const FRAME_TIMEOUT_MS = 5000;
const MAX_ITEMS = 2000;

/** What lies in the browser now: of every frame that is open, and localStorage of every origin that was. */
export async function takeSnapshot(context: BrowserContext): Promise<Snapshot> {
  const frames = context.pages().flatMap((page) => page.frames());
  const ofFrames = await Promise.all(frames.map(itemsOf));
  const state = await inTime(context.storageState(), undefined);
  const ofOrigins = (state?.origins ?? []).flatMap(({ origin, localStorage: items }) =>
    items.map(({ name, value }): StoredItem => ({ origin, storage: 'localStorage', key: name, value })),
  );
  const items = new Map<string, StoredItem>();
  for (const item of [...ofFrames.flat(), ...ofOrigins]) {
    const { origin, storage, key } = item;
    const id = JSON.stringify([origin, storage, key]);
    // Tabs have a sessionStorage each.
    items.set(storage === 'sessionStorage' && items.get(id)?.value !== item.value ? `${id} ${items.size}` : id, item);
  }
  const cookies = await context.cookies();
  return {
    items: [...items.values()].slice(0, MAX_ITEMS),
    cookies: cookies.map(({ name, value, domain, path, expires, httpOnly, secure, sameSite }) => {
      return { name, value, domain, path, expires, httpOnly, secure, sameSite };
    }),
  };
}

async function itemsOf(frame: Frame): Promise<StoredItem[]> {
  const origin = URL.parse(frame.url())?.origin ?? 'null';
  if (origin === 'null') return [];
  const read: unknown = await inTime(frame.evaluate(readStorages), []);
  if (!Array.isArray(read)) return [];
  // The page may have put anything in place of its storages.
  return read.slice(0, MAX_ITEMS).map((item: unknown) => {
    const [storage, key, value] = Array.isArray(item) ? item.map(String) : [];
    const name = storage === 'sessionStorage' || storage === 'IndexedDB' ? storage : 'localStorage';
    return { origin, storage: name, key: key ?? '', value: value ?? '' };
  });
}

/** Runs in the page, and so uses nothing from outside itself. */
async function readStorages(): Promise<string[][]> {
  const maxCharacters = 256 * 1024;
  const found: string[][] = [];
  const add = (storage: string, key: unknown, value: unknown) => {
    const [keyText = '', valueText = ''] = [key, value].map((part) =>
      typeof part === 'string'
        ? part
        : JSON.stringify(part, (_name, member: unknown) => (member instanceof CryptoKey ? 'a key' : member)),
    );
    if (found.length < 2000) found.push([storage, keyText.slice(0, 1000), valueText.slice(0, maxCharacters)]);
  };
  for (const [name, storage] of [
    ['localStorage', localStorage],
    ['sessionStorage', sessionStorage],
  ] as const) {
    for (const [key, value] of Object.entries(storage)) add(name, key, value);
  }
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- nothing outside comes along into the page
  const settled = <Result>(request: IDBRequest<Result>) =>
    new Promise<Result>((resolve, reject) => {
      request.addEventListener('success', () => resolve(request.result));
      request.addEventListener('error', () => reject(request.error ?? new Error('failed')));
    });
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await settled(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store);
      const [keys, values] = await Promise.all([
        settled(objects.getAllKeys(undefined, 200)),
        settled(objects.getAll(undefined, 200)),
      ]);
      values.forEach((value: unknown, index) => {
        const key: unknown = keys[index];
        add('IndexedDB', `${name}/${store}/${typeof key === 'string' ? key : index}`, value);
      });
    }
    database.close();
  }
  return found;
}

/** Of every page that is open. */
export async function readPages(context: BrowserContext): Promise<PageFacts[]> {
  const facts = await Promise.all(context.pages().map(readPage));
  return facts.filter((page) => page !== undefined);
}

async function readPage(page: Page): Promise<PageFacts | undefined> {
  const read = await inTime(
    page.evaluate(() => {
      const policies = [...document.querySelectorAll('meta[http-equiv="Content-Security-Policy" i]')];
      const scripts = [...document.querySelectorAll<HTMLScriptElement>('script[src]')].slice(0, 200);
      const fields = [...document.querySelectorAll('input[type="password" i]')];
      return {
        asksForPassword: fields.some((field) => field.getClientRects().length > 0),
        metaPolicies: policies.map((meta) => meta.getAttribute('content') ?? ''),
        scripts: scripts.map(({ src, integrity }) => ({ src, hasIntegrity: integrity !== '' })),
      };
    }),
    undefined,
  );
  return read && { url: page.url(), ...read };
}

/** A page that never answers, or is gone, is one about which nothing is known. */
async function inTime<Result, Instead>(work: Promise<Result>, instead: Instead): Promise<Result | Instead> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Instead>((resolve) => {
    timer = setTimeout(() => resolve(instead), FRAME_TIMEOUT_MS);
  });
  const answer = work.catch((): Instead => instead);
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
