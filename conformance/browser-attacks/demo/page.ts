/** The application as it runs in the browser. Where it keeps its token is all that differs between storages. */
import { createClient, type LatchkeyClient } from '@latchkey/browser';
import { createProofMaker } from '@latchkey/browser/dpop';
import { createProofs } from './proofs.ts';
import type { StorageId } from './storages.ts';

const {
  storage,
  base = '',
  api = '',
} = document.documentElement.dataset as {
  readonly storage: StorageId;
  readonly base?: string;
  readonly api?: string;
};

interface TokenStore {
  get(): string | undefined;
  set(token: string): void;
  clear(): void;
}

/** Closed over: no other script has a name for it. */
function inMemory(): TokenStore {
  let kept: string | undefined;
  return {
    get: () => kept,
    set: (token) => {
      kept = token;
    },
    clear: () => {
      kept = undefined;
    },
  };
}

function inWebStorage(area: Storage): TokenStore {
  return {
    get: () => area.getItem('token') ?? undefined,
    set: (token) => area.setItem('token', token),
    clear: () => area.removeItem('token'),
  };
}

const inUrl: TokenStore = {
  get: () => new URLSearchParams(location.search).get('token') ?? undefined,
  set: (token) => {
    const url = new URL(location.href);
    url.searchParams.set('token', token);
    location.href = url.href;
  },
  clear: () => {
    location.href = base;
  },
};

const stores: Partial<Record<StorageId, TokenStore>> = {
  url: inUrl,
  'local-storage': inWebStorage(localStorage),
  'session-storage': inWebStorage(sessionStorage),
  memory: inMemory(),
  'memory-dpop': inMemory(),
};
const store = stores[storage];
const proofs = storage === 'memory-dpop' ? await createProofs() : undefined;
const latchkey = storage.startsWith('latchkey') ? await clientOf(storage) : undefined;
const usesApi = storage === 'latchkey-memory' || storage === 'latchkey-dpop';

async function clientOf(id: StorageId): Promise<LatchkeyClient> {
  if (id === 'latchkey-session') return createClient();
  if (id === 'latchkey-jwt-cookie') return createClient({ mode: 'jwt-cookie' });
  const apis = [{ origin: api }];
  if (id === 'latchkey-memory') return createClient({ mode: 'memory', apis });
  return createClient({ mode: 'memory', apis, dpop: await createProofMaker() });
}

/** A request of the application, as who is signed in. */
async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const url = new URL(path, usesApi ? api : new URL(base, location.href));
  if (latchkey) return latchkey.fetch(url, init);
  const token = store?.get();
  const headers = new Headers(init.headers);
  if (storage === 'url' && token !== undefined) url.searchParams.set('token', token);
  else if (token !== undefined) headers.set('Authorization', `${proofs ? 'DPoP' : 'Bearer'} ${token}`);
  if (proofs) headers.set('DPoP', await proofs.prove(init.method ?? 'GET', url.href, token));
  return fetch(url, { ...init, headers });
}

async function show(): Promise<void> {
  const answer = await call('api/me').catch(() => undefined);
  const who = answer?.ok ? ((await answer.json()) as { user: string }).user : 'nobody';
  element('#who').textContent = who;
  element('#who').dataset['asked'] = String(Date.now());
}

async function signIn(form: FormData): Promise<void> {
  const user = field(form, 'user');
  const password = field(form, 'password');
  const remember = form.get('remember') !== null;
  if (latchkey) {
    await latchkey.signIn({ email: user, password, remember });
    return show();
  }
  const proof = proofs && (await proofs.prove('POST', new URL(`${base}sign-in`, location.href).href));
  const answer = await fetch(`${base}sign-in`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(proof && { DPoP: proof }) },
    body: JSON.stringify({ user, password, remember }),
  });
  const { token } = (await answer.json()) as { token?: string };
  if (token !== undefined) store?.set(token);
  await show();
}

async function signOut(): Promise<void> {
  if (latchkey) await latchkey.signOut();
  else await call('sign-out', { method: 'POST' });
  store?.clear();
  await show();
}

function element(selector: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`The page has no ${selector}`);
  return found;
}

function field(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

function onSubmit(selector: string, action: (form: FormData) => Promise<unknown>): void {
  element(selector).addEventListener('submit', (event) => {
    event.preventDefault();
    void action(new FormData(event.target as HTMLFormElement));
  });
}

onSubmit('#sign-in', signIn);
onSubmit('#sign-out', signOut);
onSubmit('#transfer', async (form) => {
  const to = field(form, 'to');
  await call('transfer', { method: 'POST', body: new URLSearchParams({ to }) });
  element('#transferred').textContent = to;
});
await show();
