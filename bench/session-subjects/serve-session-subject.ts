import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent } from '../harness/answer-parent.ts';
import { timeAsync } from '../harness/timed-loop.ts';
import { createUsageMeter, type Usage } from '../harness/usage-meter.ts';

/** A server whose one route answers who is signed in with little more than that. */
export interface SessionSubject {
  /** What the browser sends back after signing in, `name=value; name=value`. */
  readonly cookie: string;
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
  /** The check of the handler without HTTP around it; absent where there is none. */
  readonly check?: () => unknown;
  /** Microseconds of the first check of a session; absent where it costs what every check costs. */
  readonly checkFirst?: () => Promise<number>;
}

/** What the process of a subject can be asked for. */
export interface SessionOperations {
  open(): Promise<{ readonly port: number; readonly cookie: string }>;
  /** What serving took since it was last asked. */
  usage(): Usage;
  /** @returns Microseconds a check, in a loop of about `forMs`. */
  check(forMs: number): Promise<number>;
  checkFirst(): Promise<number>;
}

/** Makes this process that of a subject. */
export function serveSessionSubject(open: () => Promise<SessionSubject>): void {
  let opened: SessionSubject | undefined;
  const usage = createUsageMeter();
  answerParent<SessionOperations>({
    open: async () => {
      opened = await open();
      const { handler, cookie } = opened;
      // What it rejects with ends the process, and with it the measurement.
      const server = createServer((request, response) => void handler(request, response));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return { port: (server.address() as AddressInfo).port, cookie };
    },
    usage,
    check: async (forMs) => {
      if (opened?.check === undefined) throw new Error('There is no check');
      return timeAsync(forMs, opened.check);
    },
    checkFirst: async () => {
      if (opened?.checkFirst === undefined) throw new Error('There is no such check');
      return opened.checkFirst();
    },
  });
}

const ANSWER = JSON.stringify({ status: 'ok' });

/** The same bytes from every subject, so that only the check differs. */
export function answerOk(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length });
  response.end(ANSWER);
}

export function answerUnauthorized(response: ServerResponse): void {
  response.writeHead(401, { 'content-length': 0 });
  response.end();
}

/** What a browser would send back of an answer's cookies, to any path. */
export function cookiesOf(answer: Response): string {
  const everywhere = answer.headers.getSetCookie().filter((cookie) => /; *Path=\/(?:;|$)/i.test(cookie));
  const cookies = everywhere.map((cookie) => cookie.split(';', 1)[0] ?? '');
  if (!answer.ok || cookies.length === 0) throw new Error(`Not signed in: status ${answer.status}`);
  return cookies.join('; ');
}
