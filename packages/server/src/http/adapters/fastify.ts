import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LiveSession } from '../../operations/refresh-session.ts';
import type { SessionCheck } from '../check-session.ts';
import { nodeListener } from '../node-listener.ts';
import type { RouteAnswerer, SessionChecker } from './fetch.ts';

/** What is needed of a Fastify request. */
export interface FastifySessionRequest {
  readonly headers: { readonly cookie?: string | undefined; readonly 'user-agent'?: string | undefined };
  readonly ip: string;
  /** Undefined where nobody is signed in. */
  latchkey?: LiveSession | undefined;
}

/** What is needed of a Fastify reply. */
export interface FastifySessionReply {
  getHeader(name: string): number | string | string[] | undefined;
  header(name: string, value: string | string[]): unknown;
}

/** What is needed of a Fastify instance. */
export interface FastifySessionHost<Request extends FastifySessionRequest, Reply extends FastifySessionReply> {
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply) => Promise<void>): unknown;
  addHook(name: 'onSend', hook: (request: Request, reply: Reply, payload: unknown) => Promise<unknown>): unknown;
}

/** Registers the session check with Fastify: `request.latchkey` is the session, and answers carry rotated cookies. */
export function fastifySession<Request extends FastifySessionRequest, Reply extends FastifySessionReply>(
  fastify: FastifySessionHost<Request, Reply>,
  latchkey: SessionChecker,
): void {
  const checks = new WeakMap<Request, SessionCheck>();
  fastify.addHook('onRequest', async (request) => {
    const caller = { network: request.ip, userAgent: request.headers['user-agent'] ?? null };
    const check = await latchkey.checkSession({ cookie: request.headers.cookie, caller });
    checks.set(request, check);
    request.latchkey = check.session;
  });
  fastify.addHook('onSend', async (request, reply, payload) => {
    const cookie = checks.get(request)?.setCookie();
    if (cookie !== undefined) {
      const others = [reply.getHeader('Set-Cookie') ?? []].flat().map(String);
      reply.header('Set-Cookie', [...others, cookie]);
      reply.header('Cache-Control', 'no-store');
    }
    return payload;
  });
}

/** What is needed of a Fastify instance to answer Latchkey's own routes. */
export interface FastifyRoutesHost {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    type: string,
    parse: (request: unknown, body: unknown, done: (error: null) => void) => void,
  ): unknown;
  all(
    path: string,
    handle: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse; hijack(): unknown },
    ) => void,
  ): unknown;
}

/**
 * A plugin that answers all of Latchkey's own routes: whatever no other route answers. The address of the client goes
 * along, and the body stays unread until Latchkey reads it. Register it without a prefix: the issuer is the root.
 */
export function latchkeyRoutes(latchkey: RouteAnswerer) {
  const answer = nodeListener((request, { incoming }) => latchkey.fetch(request, { incoming }));
  return async (fastify: FastifyRoutesHost): Promise<void> => {
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('*', (_request, _body, done) => done(null));
    fastify.all('/*', (request, reply) => {
      reply.hijack();
      answer(request.raw, reply.raw);
    });
  };
}
