import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { startGuard, waitUntilReady } from '../../packages/server/test/support/guarded-process.ts';
import type { ProbeReport, ProbeRequest } from '../../packages/server/test/support/verifier-program.ts';

const program = fileURLToPath(new URL('../../packages/server/test/support/verifier-program.ts', import.meta.url));
const startTimeoutMs = 30_000;

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
