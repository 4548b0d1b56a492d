import type { LiveSession } from '../../operations/refresh-session.ts';
import type { SessionCheck } from '../check-session.ts';
import type { SessionChecker } from './fetch.ts';

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
