import { Agent, request } from 'node:http';
import { percentile } from './spread.ts';

export interface TokenTarget {
  readonly port: number;
  readonly path: string;
  /** Value of the Authorization header; left out by a public client. */
  readonly authorization?: string;
}

export interface TokenAnswer {
  readonly status: number;
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
}

export interface TokenLoadOptions {
  /** The first form of each of the clients that ask at once. */
  readonly forms: readonly string[];
  /** The next form of a client, after the answer to the one before. Throws for an answer that should not be. */
  readonly next: (answer: TokenAnswer, form: string) => string;
  /** Load before anything is counted, and then the time that counts. */
  readonly rampMs: number;
  readonly windowMs: number;
}

export interface TokenLoadResult {
  /** All that were answered, in the ramp too. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

/** Asks a token endpoint again and again, over keep-alive connections with one request at a time each. */
export async function loadTokens(target: TokenTarget, options: TokenLoadOptions): Promise<TokenLoadResult> {
  const { forms, next, rampMs, windowMs } = options;
  using agent = openAgent(forms.length);
  const startMs = performance.now() + rampMs;
  const endMs = startMs + windowMs;
  const latenciesMs: number[] = [];
  let requests = 0;
  let lastMs = startMs;
  const keepAsking = async (first: string): Promise<void> => {
    for (let [form, nowMs] = [first, performance.now()]; nowMs < endMs || latenciesMs.length === 0;) {
      const sentAtMs = nowMs;
      form = next(await postForm(target, form, agent.agent), form);
      nowMs = performance.now();
      requests += 1;
      if (nowMs < startMs) continue;
      latenciesMs.push(nowMs - sentAtMs);
      lastMs = nowMs;
    }
  };
  await Promise.all(forms.map(keepAsking));
  return {
    requests,
    requestsPerSecond: (latenciesMs.length / Math.max(windowMs, lastMs - startMs)) * 1000,
    p99Ms: percentile(Float64Array.from(latenciesMs).toSorted(), 0.99),
  };
}

/** Sends one form (RFC 6749 §3.2). */
export async function postForm(target: TokenTarget, form: string, agent?: Agent): Promise<TokenAnswer> {
  const { port, path, authorization } = target;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': form.length,
    accept: 'application/json',
    'user-agent': 'bench',
    ...(authorization !== undefined && { authorization }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (text += chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const tokens = JSON.parse(text) as { readonly access_token?: string; readonly refresh_token?: string };
        resolve({
          status: incoming.statusCode ?? 0,
          accessToken: tokens.access_token,
          refreshToken: tokens.refresh_token,
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(form);
  });
}

function openAgent(maxSockets: number) {
  const agent = new Agent({ keepAlive: true, maxSockets });
  return { agent, [Symbol.dispose]: () => agent.destroy() };
}
