import { Agent, request } from 'node:http';
import { percentile } from './spread.ts';

export interface RefreshTarget {
  readonly port: number;
  readonly path: string;
  readonly clientId: string;
}

export interface RefreshLoadOptions {
  /** One each for the clients that refresh at once; each goes on with the token of its answer before. */
  readonly tokens: readonly string[];
  /** Load before anything is counted, and then the time that counts. */
  readonly rampMs: number;
  readonly windowMs: number;
}

export interface RefreshLoadResult {
  /** All that were answered, in the ramp too. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

export interface RefreshAnswer {
  readonly status: number;
  /** The next refresh token; undefined where there is none. */
  readonly refreshToken: string | undefined;
}

/**
 * Refreshes again and again, as several clients do that are in a hurry (RFC 6749 §6). Rejects if an answer is not a 200
 * with another refresh token.
 */
export async function loadRefresh(target: RefreshTarget, options: RefreshLoadOptions): Promise<RefreshLoadResult> {
  const { tokens, rampMs, windowMs } = options;
  using agent = openAgent(tokens.length);
  const startMs = performance.now() + rampMs;
  const endMs = startMs + windowMs;
  const latenciesMs: number[] = [];
  let requests = 0;
  let lastMs = startMs;
  const keepRefreshing = async (first: string): Promise<void> => {
    for (let [token, nowMs] = [first, performance.now()]; nowMs < endMs || latenciesMs.length === 0;) {
      const sentAtMs = nowMs;
      const { status, refreshToken } = await refresh(target, token, agent.agent);
      if (status !== 200 || refreshToken === undefined || refreshToken === token) {
        throw new Error(`A refresh was answered with ${status}, ${refreshToken === token ? 'the same' : 'no'} token`);
      }
      nowMs = performance.now();
      token = refreshToken;
      requests += 1;
      if (nowMs < startMs) continue;
      latenciesMs.push(nowMs - sentAtMs);
      lastMs = nowMs;
    }
  };
  await Promise.all(tokens.map(keepRefreshing));
  return {
    requests,
    requestsPerSecond: (latenciesMs.length / Math.max(windowMs, lastMs - startMs)) * 1000,
    p99Ms: percentile(Float64Array.from(latenciesMs).toSorted(), 0.99),
  };
}

/** Presents a refresh token once, as a public client. */
export async function refresh(target: RefreshTarget, token: string, agent?: Agent): Promise<RefreshAnswer> {
  const { port, path, clientId } = target;
  const body = `grant_type=refresh_token&client_id=${clientId}&refresh_token=${encodeURIComponent(token)}`;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': body.length,
    accept: 'application/json',
    'user-agent': 'bench',
  };
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => (text += chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const { refresh_token: refreshToken } = JSON.parse(text) as { refresh_token?: string };
        resolve({ status: incoming.statusCode ?? 0, refreshToken });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function openAgent(maxSockets: number) {
  const agent = new Agent({ keepAlive: true, maxSockets });
  return { agent, [Symbol.dispose]: () => agent.destroy() };
}
