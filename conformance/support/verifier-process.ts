import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { startGuard, waitUntilReady } from '../../packages/server/test/support/guarded-process.ts';
import type { VerifierStatus } from '@latchkey/verifier';
import { compileCache } from './compile-cache.ts';

const program = fileURLToPath(new URL('verifier-program.ts', import.meta.url));
const startTimeoutMs = 30_000;

/** What the process is told. */
export interface ProbeRequest {
  /** A token to show to the verifier from now on. */
  readonly watch?: string;
  /** How wrong its clock is from now on. */
  readonly clockOffsetMs?: number;
}

/** What became of a token. */
export interface ProbedToken {
  /**
   * When the last verification began that accepted it, under either policy: nanoseconds of `process.hrtime`, which is one
   * clock for all processes of the machine.
   */
  readonly acceptedAtNs: string;
  /** The newest outcome under each policy: `accepted`, or the error's code. */
  readonly introspect: string;
  readonly closed: string;
}

export interface ProbeReport {
  readonly tokens: Readonly<Record<string, ProbedToken>>;
  readonly status: Pick<VerifierStatus, 'transport' | 'synchronised'> & { readonly stalenessMs: number | null };
}

/** A verifier in a process of its own. Never outlives the run. */
export interface VerifierProcess {
  ask(request?: ProbeRequest): Promise<ProbeReport>;
  signal(signal: NodeJS.Signals): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface VerifierProcessOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly client: { readonly id: string; readonly secret: string };
  readonly maxStalenessSeconds: number;
}

export async function startVerifierProcess(options: VerifierProcessOptions): Promise<VerifierProcess> {
  const guard = await startGuard({ prefix: 'latchkey-verifier-' });
  const port = await findFreePort();
  const ask = async (request: ProbeRequest = {}): Promise<ProbeReport> => {
    const body = JSON.stringify(request);
    const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body });
    return (await response.json()) as ProbeReport;
  };
  try {
    const started = await guard.run({
      file: process.execPath,
      args: [program],
      env: {
        ...compileCache(program),
        PORT: String(port),
        ISSUER: options.issuer,
        AUDIENCE: options.audience,
        CLIENT_ID: options.client.id,
        CLIENT_SECRET: options.client.secret,
        MAX_STALENESS_SECONDS: String(options.maxStalenessSeconds),
      },
      endSignal: 'SIGKILL',
    });
    await waitUntilReady(started, async () => (await ask()).status.synchronised, startTimeoutMs);
    return { ask, signal: (signal) => started.signal(signal), [Symbol.asyncDispose]: () => guard.end() };
  } catch (error) {
    await guard.end();
    throw error;
  }
}
