import { Agent, request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROUTES, sessionCookieName } from '@latchkey/protocol';

const COOKIE = sessionCookieName(false, undefined);

/** What came of one request. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly cookie: string | undefined }
  /** No answer, or it came too late: the client has closed the socket. */
  | { readonly kind: 'lost' };

export interface RequestPlan {
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly credential: string;
  /** The client gives up after so long, and closes the socket. */
  readonly patienceMs: number;
}

/** Sockets are kept open, as browsers do. */
const agent = new Agent({ keepAlive: true, maxSockets: 200 });

export function closeSockets(): void {
  agent.destroy();
}

/** Sends one request with the cookie, and waits for the whole answer. */
export async function send({ port, method, path, credential, patienceMs }: RequestPlan): Promise<Answer> {
  return new Promise((resolve) => {
    const outgoing = request({
      agent,
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { Cookie: `${COOKIE}=${credential}` },
    });
    const timer = setTimeout(() => outgoing.destroy(), patienceMs);
    const settle = (answer: Answer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    outgoing.on('error', () => settle({ kind: 'lost' }));
    outgoing.on('response', (incoming) => {
      incoming.on('error', () => settle({ kind: 'lost' }));
      incoming.on('close', () => settle(answerOf(incoming)));
      incoming.resume();
    });
    outgoing.end();
  });
}

function answerOf(incoming: IncomingMessage): Answer {
  if (!incoming.complete) return { kind: 'lost' };
  const header = incoming.headers['set-cookie']?.find((cookie) => cookie.startsWith(`${COOKIE}=`));
  const cookie = header?.slice(COOKIE.length + 1).split(';', 1)[0];
  return { kind: 'answered', status: incoming.statusCode ?? 0, cookie };
}

/** The cookie jar of one browser, which its tabs share. */
export interface Jar {
  readonly name: string;
  credential: string;
  /** Every credential that was received, the first one included. */
  readonly received: string[];
  /** Set when the sign-out is sent: from then on 401 may come. */
  isLeaving: boolean;
  /** Set when the sign-out is acknowledged. */
  signedOutAt: number | undefined;
}

export interface TabOptions {
  /** Ports of the servers; one is chosen at random each time. */
  readonly ports: readonly number[];
  readonly random: () => number;
  readonly patienceMs: number;
  /** How often the client closes the socket before the answer comes. */
  readonly loss: number;
  readonly pauseMs: number;
  readonly isOver: () => boolean;
}

export interface TabReport {
  readonly jar: Jar;
  readonly answers: Record<string, number>;
  /** An honest holder was told that there is no session. */
  readonly signedOut: string[];
}

/** Uses a session again and again, as one tab of a browser does, until told to stop. */
export async function useSession(jar: Jar, options: TabOptions): Promise<TabReport> {
  const { ports, random, patienceMs, loss, pauseMs, isOver } = options;
  const answers: Record<string, number> = {};
  const signedOut: string[] = [];
  while (!isOver() && signedOut.length === 0) {
    await sleep(random() * 2 * pauseMs);
    const { credential } = jar;
    const port = ports[Math.floor(random() * ports.length)]!;
    // Long enough for some to be decided, and short enough for most answers to be missed.
    const patience = random() < loss ? random() * 25 : patienceMs;
    const answer = await send({ port, method: 'GET', path: ROUTES.session, credential, patienceMs: patience });
    const outcome = answer.kind === 'lost' ? 'lost' : String(answer.status);
    answers[outcome] = (answers[outcome] ?? 0) + 1;
    if (answer.kind === 'lost') continue;
    if (answer.status === 401 && jar.isLeaving) break;
    if (answer.status === 401) signedOut.push(`${jar.name} on ${port}, after ${jar.received.length} credentials`);
    if (answer.cookie !== undefined) {
      jar.credential = answer.cookie;
      jar.received.push(answer.cookie);
    }
  }
  return { jar, answers, signedOut };
}
