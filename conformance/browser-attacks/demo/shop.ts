/** The demo application: it trusts what it shows, changes things on GET, and checks no request's origin. Do not copy. */
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { appScript } from './bundle.ts';
import { shopPage } from './pages.ts';
import type { Storage } from './storages.ts';
import { createDemoTokens } from './tokens.ts';

/** Who asks, by Latchkey; and what its answer wants passed on. */
export type LatchkeyCheck = (
  request: IncomingMessage,
  storage: Storage,
) => Promise<{ readonly user: string | undefined; readonly headers: Readonly<Record<string, string | string[]>> }>;

export interface Transfer {
  readonly user: string;
  readonly to: string;
}

export interface Shop {
  handle(storage: Storage, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Of all users, in their order. */
  readonly transfers: Transfer[];
}

export interface ShopOptions {
  /** Origin of a host name. */
  readonly origin: (host: string) => string;
  readonly checkLatchkey: LatchkeyCheck;
}

export const passwordOf = (user: string): string => `password of ${user}`;

export async function createShop({ origin, checkLatchkey }: ShopOptions): Promise<Shop> {
  const tokens = await createDemoTokens();
  const sessions = new Map<string, string>();
  const comments = new Map<string, string[]>();
  const transfers: Transfer[] = [];

  const userOf = async (storage: Storage, request: IncomingMessage, response: ServerResponse) => {
    if (storage.kind === 'latchkey') {
      const { user, headers } = await checkLatchkey(request, storage);
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      return user;
    }
    const credential = credentialOf(storage, request);
    if (credential === undefined) return undefined;
    if (storage.kind === 'session id') return sessions.get(credential);
    const proof = request.headers['dpop'];
    const url = origin(String(request.headers.host).split(':', 1)[0] ?? '') + pathOf(request);
    return tokens.read(
      credential,
      proof === undefined ? undefined : { jwt: String(proof), method: request.method ?? '', url },
    );
  };

  const signIn = async (storage: Storage, request: IncomingMessage, response: ServerResponse) => {
    const given = JSON.parse(await text(request)) as { user: string; password: string; remember?: boolean };
    if (given.password !== passwordOf(given.user)) return void response.writeHead(401).end('{}');
    const proof = request.headers['dpop'];
    const url = origin(`app.${storage.site}`) + pathOf(request);
    const id = randomBytes(24).toString('base64url');
    if (storage.kind === 'session id') sessions.set(id, given.user);
    const credential =
      storage.kind === 'session id'
        ? id
        : await tokens.sign(given.user, storage.site, proof === undefined ? undefined : { jwt: String(proof), url });
    if (storage.carrier !== 'cookie') return void response.end(JSON.stringify({ token: credential }));
    response.setHeader('Set-Cookie', cookieText(storage, credential, given.remember));
    response.end('{}');
  };

  const transfer = async (storage: Storage, request: IncomingMessage, response: ServerResponse) => {
    const fields = request.method === 'GET' ? query(request) : new URLSearchParams(await text(request));
    const user = await userOf(storage, request, response);
    if (user === undefined) return void response.writeHead(401).end();
    transfers.push({ user, to: fields.get('to') ?? '' });
    response.end('Transferred.');
  };

  const page = async (storage: Storage, request: IncomingMessage, response: ServerResponse) => {
    const user = storage.carrier === 'header' ? undefined : await userOf(storage, request, response);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    // The token's way out: what a browser would say by default is only the origin.
    response.setHeader('Referrer-Policy', 'unsafe-url');
    const board = query(request).get('board') ?? '';
    response.end(
      shopPage({
        storage,
        user,
        vendor: origin('cdn.vendor.test'),
        api: origin('api.other.test'),
        elsewhere: origin('attacker.test'),
        comments: comments.get(board) ?? [],
        searched: query(request).get('q') ?? '',
      }),
    );
  };

  /** A page for everybody, as its author thinks; but the cookie is prolonged on every answer. */
  const welcome = async (storage: Storage, request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('Cache-Control', 'public, max-age=60');
    const credential = credentialOf(storage, request);
    const user = await userOf(storage, request, response);
    if (user !== undefined && credential !== undefined && storage.attributes !== undefined) {
      response.setHeader('Set-Cookie', cookieText(storage, credential, true));
    }
    response.end('Welcome.');
  };

  const handle = async (storage: Storage, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method === 'TRACE') return void response.end(JSON.stringify(request.headers));
    switch (`${request.method} /${pathOf(request).slice(storage.base.length)}`) {
      case 'GET /':
        return page(storage, request, response);
      case 'GET /welcome':
        return welcome(storage, request, response);
      case 'GET /app.js':
        response.setHeader('Content-Type', 'text/javascript');
        return void response.end(await appScript());
      case 'GET /api/me': {
        const user = await userOf(storage, request, response);
        return void response.writeHead(user === undefined ? 401 : 200).end(JSON.stringify({ user }));
      }
      case 'GET /transfer':
      case 'POST /transfer':
        return transfer(storage, request, response);
      case 'POST /sign-in':
        return signIn(storage, request, response);
      case 'POST /sign-out':
        sessions.delete(credentialOf(storage, request) ?? '');
        if (storage.attributes !== undefined) response.setHeader('Set-Cookie', `${cookieText(storage, '')}; Max-Age=0`);
        return void response.end('{}');
      case 'POST /comments': {
        const board = query(request).get('board') ?? '';
        comments.set(board, [...(comments.get(board) ?? []), await text(request)]);
        return void response.end('Said.');
      }
      default:
        return void response.writeHead(404).end();
    }
  };
  return { handle, transfers };
}

function credentialOf(storage: Storage, request: IncomingMessage): string | undefined {
  if (storage.carrier === 'url') return query(request).get('token') ?? undefined;
  if (storage.carrier === 'header') return request.headers.authorization?.split(' ', 2)[1];
  // The first of the name, as most parsers of cookies do.
  return /(?:^|; )session=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
}

function cookieText(storage: Storage, value: string, remember = false): string {
  return `session=${value}; Path=/; ${storage.attributes}${remember ? '; Max-Age=2592000' : ''}`;
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/';
const query = (request: IncomingMessage): URLSearchParams =>
  new URLSearchParams((request.url ?? '').split('?').slice(1).join('?'));
