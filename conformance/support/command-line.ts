import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundledCommandLine } from '../../packages/server/test/support/bundled-command-line.ts';

/** The sources of Latchkey's command line, as `npm start` runs them. */
export const commandLine = fileURLToPath(new URL('../../packages/server/src/node/cli.ts', import.meta.url));
const timeoutMs = 30_000;

export interface CommandResult {
  /** null when it had to be stopped. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of Latchkey's commands as a user does, to its end. Only PATH is inherited. */
export async function latchkey(
  args: readonly string[],
  {
    environment,
    directory,
    input = '',
  }: {
    readonly environment: Readonly<Record<string, string>>;
    readonly directory: string;
    /** What it finds on standard input. */
    readonly input?: string;
  },
): Promise<CommandResult> {
  const { program, environment: cache } = await bundledCommandLine();
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory, ...environment, ...cache };
  const options = { cwd: directory, env, timeout: timeoutMs, killSignal: 'SIGKILL' as const };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
