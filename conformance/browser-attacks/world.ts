/** All parties: victim's applications, attacker, vendor, API, shared cache. Each has a name under `.test`. */
import { text } from 'node:stream/consumers';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeJwt } from 'jose';
import { createAttacker, type Attacker } from './demo/attacker.ts';
import { createShop, passwordOf, type Shop, type Transfer } from './demo/shop.ts';
import { createSharedCache } from './demo/shared-cache.ts';
import { quickOf, storageAt, storageIds, storageOf, usesApi, type Storage, type StorageId } from './demo/storages.ts';
import { deployLatchkey, type LatchkeyDeployment } from './latchkey-deployment.ts';
import { startWeb, type OutsideRequest, type Answer } from './web.ts';

const API_HOST = 'api.other.test';
const ATTACKER_HOST = 'attacker.test';

/** A request as it came, for an application or the API. */
export interface LoggedRequest {
  readonly host: string;
  readonly method: string;
  readonly url: string;
  /** Names and values in turn, as they came over the wire. */
  readonly rawHeaders: readonly string[];
}

export interface World extends AsyncDisposable {
  readonly spki: string;
  readonly attacker: Attacker;
  /** What the access logs of the applications and the API have, newest last. */
  readonly log: LoggedRequest[];
  /** Of all applications and of the API. */
  readonly transfers: readonly Transfer[];
  readonly attackerOrigin: string;
  app(storage: Storage): string;
  sibling(storage: Storage): string;
  /** Where money moves, and where it is asked who is signed in. */
  transferUrl(storage: Storage): string;
  meUrl(storage: Storage): string;
  /** What `alice` and `mallory` sign in with. */
  login(storage: Storage, user: string): { readonly user: string; readonly password: string };
  /** A request of a program of the attacker's. */
  outside(url: string, request?: OutsideRequest): Promise<Answer>;
}

export interface WorldOptions {
  /** Start Latchkey, too, one for each site; `quick`: and beside each another one that rotates every second. */
  readonly latchkey: 'none' | 'usual' | 'quick';
  /** Those that are used. Default: all. */
  readonly storages?: readonly StorageId[];
}

export async function startWorld({ latchkey, storages = storageIds }: WorldOptions): Promise<World> {
  const web = await startWeb();
  const deployments = new Map<string, LatchkeyDeployment>();
  const dispose = async () => {
    await Promise.all([...deployments.values()].map((deployment) => deployment[Symbol.asyncDispose]()));
    await web[Symbol.asyncDispose]();
  };
  const appOf = ({ site }: Pick<Storage, 'site'>) => web.origin(`app.${site}`);
  const api = web.origin(API_HOST);
  const deploy = async ({ site, sessionTokens = 'page' }: Storage, settings: Record<string, string> = {}) => {
    const all = { LATCHKEY_SESSION_TOKENS: sessionTokens, ...settings };
    deployments.set(site, await deployLatchkey({ issuer: appOf({ site }), api, settings: all }));
  };
  const attacker = createAttacker(web.origin(ATTACKER_HOST));
  const shop = await createShop({
    origin: (host) => web.origin(host),
    checkLatchkey: async (request, { id, site }) => {
      const deployment = deploymentOf(deployments, site);
      if (id !== 'latchkey-jwt-cookie') return deployment.check(request);
      return { user: await deployment.userOfCookie(request), headers: {} };
    },
  });
  const log: LoggedRequest[] = [];
  web.serve(dispatcher({ shop, attacker, deployments, log, api }));
  try {
    const used = latchkey === 'none' ? [] : sitesOfLatchkey(storages);
    await Promise.all(used.map((storage) => deploy(storage)));
    if (latchkey === 'quick') await Promise.all(used.map((storage) => deploy(quickOf(storage), QUICK)));
  } catch (error) {
    await dispose();
    throw error;
  }
  const baseOf = (storage: Storage) => (usesApi(storage) ? `${api}/` : appOf(storage) + storage.base);
  return {
    spki: web.spki,
    attacker,
    log,
    transfers: shop.transfers,
    attackerOrigin: web.origin(ATTACKER_HOST),
    app: (storage) => appOf(storage) + storage.base,
    sibling: ({ site }) => web.origin(`evil-sibling.${site}`),
    transferUrl: (storage) => `${baseOf(storage)}transfer`,
    meUrl: (storage) => `${baseOf(storage)}api/me`,
    login: (storage, user) => {
      if (storage.kind !== 'latchkey') return { user, password: passwordOf(user) };
      const { email, password } = deploymentOf(deployments, storage.site).accounts[user]!;
      return { user: email, password };
    },
    outside: (url, request) => web.outside(url, request),
    [Symbol.asyncDispose]: dispose,
  };
}

const QUICK = { LATCHKEY_SESSION_ROTATE_SECONDS: '1', LATCHKEY_SESSION_OVERLAP_SECONDS: '1' };

/** One storage of each. */
function sitesOfLatchkey(ids: readonly StorageId[]): readonly Storage[] {
  const storages = ids.map((id) => storageOf(id)).filter(({ kind }) => kind === 'latchkey');
  return [...new Map(storages.map((storage) => [storage.site, storage])).values()];
}

interface Parties {
  readonly shop: Shop;
  readonly attacker: Attacker;
  readonly deployments: ReadonlyMap<string, LatchkeyDeployment>;
  readonly log: LoggedRequest[];
  readonly api: string;
}

function dispatcher({ shop, attacker, deployments, log, api }: Parties) {
  const cache = createSharedCache();
  return (request: IncomingMessage, response: ServerResponse): unknown => {
    const host = (request.headers.host ?? '').split(':', 1)[0] ?? '';
    const url = request.url ?? '/';
    if (host === 'cdn.vendor.test') return attacker.handleVendor(request, response);
    if (host === ATTACKER_HOST || host.startsWith('evil-sibling.')) return attacker.handle(request, response);
    log.push({ host, method: request.method ?? '', url, rawHeaders: request.rawHeaders });
    if (host === API_HOST) return answerApi(request, response, { deployments, transfers: shop.transfers, api });
    const storage = storageAt(host, url);
    if (storage === undefined) {
      const deployment = deployments.get(host.slice('app.'.length));
      return deployment ? deployment.forward(request, response) : response.writeHead(404).end();
    }
    if (request.method === 'GET' && cache.answer(host + url, response)) return undefined;
    cache.watch(host + url, response);
    return shop.handle(storage, request, response);
  };
}

function deploymentOf(deployments: ReadonlyMap<string, LatchkeyDeployment>, site: string): LatchkeyDeployment {
  const found = deployments.get(site);
  if (!found) throw new Error(`No Latchkey at ${site}`);
  return found;
}

/** A resource server that takes access tokens of Latchkey and nothing else, from pages of its issuers. */
async function answerApi(
  request: IncomingMessage,
  response: ServerResponse,
  { deployments, transfers, api }: Pick<Parties, 'deployments' | 'api'> & { readonly transfers: Transfer[] },
): Promise<void> {
  const { origin, authorization = '' } = request.headers;
  const issuers = [...deployments.values()];
  if (issuers.some(({ issuer }) => issuer === origin)) {
    response.setHeader('Access-Control-Allow-Origin', origin ?? '');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, DPoP, Content-Type');
    response.setHeader('Access-Control-Max-Age', '600');
  }
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();
  const [scheme, token = ''] = authorization.split(' ', 2);
  const url = api + (request.url ?? '/').split('?', 1)[0];
  const presented = { proof: String(request.headers['dpop']), method: request.method ?? '', url };
  const proof = scheme === 'DPoP' ? presented : undefined;
  const user = await issuers.find(({ issuer }) => issuer === issuerOf(token))?.userOfToken(token, proof);
  if (user === undefined) return void response.writeHead(401).end();
  if (request.method === 'POST') {
    transfers.push({ user, to: new URLSearchParams(await text(request)).get('to') ?? '' });
  }
  response.end(JSON.stringify({ user }));
}

/** What the token says of itself: it is verified by that issuer's keys. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}
