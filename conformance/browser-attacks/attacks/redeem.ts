/** Whether what the attacker got is worth anything elsewhere: tried by another program than the browser. */
import { storageOf } from '../demo/storages.ts';
import { TOKEN_COOKIE } from '../latchkey-deployment.ts';
import { obtained, type Observation } from '../observation.ts';
import type { Cell } from '../victim.ts';
import type { LoggedRequest } from '../world.ts';

const JWT = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

interface TakenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Tries each thing in the loot, the way that its kind is used. */
export async function redeem({ world, storage }: Cell, loot: readonly string[]): Promise<Observation> {
  const meUrls = [world.meUrl(storage)];
  // A token that Latchkey gave counts wherever the issuer's tokens do.
  if (storage.kind === 'latchkey') meUrls.push(world.meUrl({ ...storageOf('latchkey-memory'), site: storage.site }));
  const tokens = new Set(loot.flatMap((text) => text.match(JWT) ?? []));
  for (const token of tokens) {
    for (const url of meUrls) {
      const ways = [
        { url, headers: { Authorization: `Bearer ${token}` } },
        { url, headers: { Cookie: `session=${token}` } },
        { url, headers: { Cookie: `${TOKEN_COOKIE}=${token}` } },
        { url: `${url}?token=${token}`, headers: {} },
      ];
      for (const way of ways) {
        const { status, text } = await world.outside(way.url, { headers: way.headers });
        if (status === 200 && text.includes('alice')) return obtained('credential', 'a JWT, accepted elsewhere');
      }
    }
  }
  for (const cookie of loot.flatMap((text) =>
    [...text.matchAll(/"cookie":"([^"]+)"/g)].map(([, found = '']) => found),
  )) {
    const { text } = await world.outside(world.meUrl(storage), { headers: { Cookie: cookie } });
    if (text.includes('alice')) return obtained('credential', 'a cookie, accepted elsewhere');
  }
  for (const taken of loot.flatMap(takenRequests)) {
    const { url, ...request } = taken;
    if ((await world.outside(url, request)).status !== 200) continue;
    const again = (await world.outside(url, request)).status;
    return again === 200
      ? obtained('credential', 'a request that can be repeated')
      : obtained('one request', `a request with its proof, accepted elsewhere once, then ${again}`);
  }
  return obtained(
    'nothing',
    tokens.size > 0 ? 'a token that is refused elsewhere' : 'nothing in it that is worth anything',
  );
}

function takenRequests(text: string): TakenRequest[] {
  const { request } = JSON.parse(text) as { readonly request?: TakenRequest };
  return request ? [request] : [];
}

/** The newest request that asked who is signed in, as the log of a proxy has it. */
export function lastAsked({ world, storage }: Pick<Cell, 'world' | 'storage'>): LoggedRequest {
  const me = new URL(world.meUrl(storage));
  const found = world.log.findLast(
    ({ host, url, method }) => host === me.hostname && url.startsWith(me.pathname) && method === 'GET',
  );
  if (!found) throw new Error('Nobody asked');
  return found;
}

/** Headers by which somebody is known, with what they take on the wire. */
export function credentialHeaders({ rawHeaders }: LoggedRequest): { headers: Record<string, string>; bytes: number } {
  const headers: Record<string, string> = {};
  let bytes = 0;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    if (!['cookie', 'authorization', 'dpop'].includes(name.toLowerCase())) continue;
    headers[name] = value;
    bytes += `${name}: ${value}\r\n`.length;
  }
  return { headers, bytes };
}

/** Sends a logged request again from elsewhere. @returns whether it is taken for alice's */
export async function replays(
  { world, storage }: Pick<Cell, 'world' | 'storage'>,
  logged: LoggedRequest,
): Promise<boolean> {
  const { origin } = new URL(world.meUrl(storage));
  const { text } = await world.outside(origin + logged.url, { headers: credentialHeaders(logged).headers });
  return text.includes('alice');
}
