import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  bundledCommandLine,
  type BundledCommandLine,
} from '../../packages/server/test/support/bundled-command-line.ts';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { startGuard, type Guard, type GuardedProcess } from '../../packages/server/test/support/guarded-process.ts';
import { root } from './blocks.ts';
import type { Names } from './names.ts';

const TIMEOUT_MS = 30_000;
const PATIENCE_MS = 5000;

/** Somebody with a terminal who does what a document says, line by line. */
export interface Reader extends AsyncDisposable {
  /** Where the reader is. */
  readonly directory: string;
  /** Of the reader's shell: what a document tells to fill in is set here. */
  readonly variables: Record<string, string>;
  /** Runs a block. @throws with the line and all that it printed, where it fails or a request is refused. */
  run(block: string): Promise<string>;
}

export interface ReaderOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Origins as documents have them; those of programs that the reader starts are added. */
  readonly names: Names;
}

export async function startReader({ environment, names }: ReaderOptions): Promise<Reader> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-reader-'));
  const home = await mkdtemp(join(tmpdir(), 'latchkey-home-'));
  const known = { ...names };
  const guards: Guard[] = [];
  const variables: Record<string, string> = {};
  const commandLine = await bundledCommandLine();
  await writePrograms(join(home, 'bin'), commandLine);
  const shellOf = async (): Promise<Record<string, string>> => {
    await writeFile(join(home, '.curlrc'), curlSettings(known));
    const path = [join(home, 'bin'), dirname(process.execPath), process.env['PATH'] ?? ''].join(':');
    return {
      ...commandLine.environment,
      ...environment,
      ...variables,
      PATH: path,
      HOME: home,
      DOCUMENT_NAMES: JSON.stringify(known),
      NODE_OPTIONS: `--import=${fileURLToPath(new URL('names.ts', import.meta.url))}`,
    };
  };

  /** What a line says of its answer, `# 401`, may take as long as a revocation may: the verifier's bound. */
  async function runPatiently(line: string): Promise<string> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await runLine(line);
      } catch (error) {
        if (!/# \d{3}\b/.test(line) || performance.now() > giveUpAt) throw error;
      }
    }
  }

  async function runLine(line: string): Promise<string> {
    const program = startedBy(line);
    if (program !== undefined) return start(line, program);
    const env = await shellOf();
    const after = join(home, 'variables');
    const script = `set -a -o pipefail\n${line}\ncode=$?\nenv -0 > '${after}'\nexit $code`;
    const { code, stdout, stderr } = await bash(script, directory, env);
    checkAnswers(line, code, stdout, stderr);
    for (const entry of (await readFile(after, 'utf8')).split('\0')) {
      const [name = ''] = entry.split('=', 1);
      const value = entry.slice(name.length + 1);
      if (/^[A-Z_]+$/.test(name) && env[name] !== value && name !== 'PWD' && name !== '_' && name !== 'SHLVL') {
        variables[name] = value;
      }
    }
    return stdout;
  }

  /** Starts what goes on until somebody stops it, and waits until it answers; a job that ends by itself is waited for. */
  async function start(line: string, started: Started): Promise<string> {
    const guard = await startGuard({ prefix: 'latchkey-reader-' });
    guards.push(guard);
    const [port, forumPort] = await Promise.all([findFreePort(), findFreePort()]);
    const origins = started.origins.map(
      (origin, index) => [origin, `http://127.0.0.1:${[port, forumPort][index]}`] as const,
    );
    Object.assign(known, Object.fromEntries(origins));
    const api = known['http://localhost:4401'];
    const env = await shellOf();
    const database = `sqlite:${guard.directory}/data/latchkey.db`;
    // A server beside the one of the test has another database, which the commands that follow are for.
    if (started.isServer && env['LATCHKEY_DATABASE_URL'] !== undefined) variables['LATCHKEY_DATABASE_URL'] = database;
    const settings = {
      ...env,
      ...variables,
      PORT: String(port),
      FORUM_PORT: String(forumPort),
      FORUM_DATABASE: `${guard.directory}/data/forum.db`,
      ...(api !== undefined && { API: api }),
    };
    const command = { file: 'bash', args: ['-c', line], cwd: directory, env: settings, endSignal: 'SIGTERM' as const };
    const running = await guard.run(command);
    for (const [, origin] of origins.length > 0 ? origins : [['', `http://127.0.0.1:${port}`] as const]) {
      await ready(line, running, origin);
    }
    return running.output();
  }

  return {
    directory,
    variables,
    async run(block) {
      let printed = '';
      for (const line of linesOf(block)) {
        const output = await runPatiently(fillIn(line, variables));
        // As a reader copies what was printed.
        const [id] = /\bcli_\w+/.exec(output) ?? [];
        const [secret] = /\blkc_[\w-]+/.exec(output) ?? [];
        if (id !== undefined) variables['ID'] = id;
        if (secret !== undefined) variables['SECRET'] = secret;
        printed += output;
      }
      return printed;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(guards.map((guard) => guard.end()));
    },
  };
}

interface Started {
  /** Where documents say that it answers, for what comes next. */
  readonly origins: readonly string[];
  /** Whether it is one more Latchkey. */
  readonly isServer?: true;
}

/** Programs that go on, by how their lines are recognised. */
const PROGRAMS: readonly (readonly [line: RegExp, Started])[] = [
  [/npm start -w examples\/api\b/, { origins: ['http://localhost:4401'] }],
  [/npm run reports -w examples\/api\b/, { origins: ['http://localhost:4402'] }],
  [/npm start -w examples\/service-account\b/, { origins: [] }],
  [/npm start(?! -w)/, { origins: ['http://localhost:4400', 'http://localhost:4500'], isServer: true }],
  [/npx latchkey serve\b/, { origins: [], isServer: true }],
];

function startedBy(line: string): Started | undefined {
  return PROGRAMS.find(([pattern]) => pattern.test(line))?.[1];
}

/** The lines of a block, each with what belongs to it: bash itself says where one is complete. */
export function linesOf(block: string): readonly string[] {
  const lines: string[] = [];
  let open = '';
  for (const line of block.trimEnd().split('\n')) {
    open += open === '' ? line : `\n${line}`;
    if (line.endsWith('\\')) continue;
    const { status, stderr } = spawnSync('bash', ['-n', '-c', open], { encoding: 'utf8' });
    if (status !== 0 || stderr !== '') continue;
    if (open.trim() !== '') lines.push(open);
    open = '';
  }
  if (open !== '') throw new Error(`bash does not understand:\n${open}`);
  return lines;
}

/** `cli_…` and `lkc_…` stand for what a command before has printed. */
function fillIn(line: string, { ID, SECRET }: Readonly<Record<string, string>>): string {
  return line.replaceAll('cli_…', ID ?? 'cli_…').replaceAll('lkc_…', SECRET ?? 'lkc_…');
}

function checkAnswers(line: string, code: number, stdout: string, stderr: string): void {
  const [, expected] = /# (\d{3})\b/.exec(line) ?? [];
  const statuses = [...stderr.matchAll(/^HTTP (\d+)$/gm)].map(([, status]) => Number(status));
  const isAnswered = statuses.every((status) =>
    expected === undefined ? status >= 200 && status < 400 : status === Number(expected),
  );
  if (code !== 0 || !isAnswered) throw new Error(`${line}\nended with ${code}:\n${stdout}\n${stderr}`);
}

async function ready(line: string, running: GuardedProcess, origin: string): Promise<void> {
  const giveUpAt = performance.now() + TIMEOUT_MS;
  for (;;) {
    if (!running.isRunning()) {
      const { code } = await running.exited;
      if (code === 0) return;
      throw new Error(`${line}\nended with ${code}:\n${running.output()}`);
    }
    const answered = await fetch(origin).then(
      () => true,
      () => false,
    );
    if (answered) return;
    if (performance.now() > giveUpAt) throw new Error(`${line}\ndoes not answer:\n${running.output()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
  }
}

function bash(
  script: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const options = { cwd, env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' as const };
    const child = execFile('bash', ['-c', script], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** `npx` and `npm` as they are in a clone: without asking a registry, and with the Node that is pinned. */
async function writePrograms(directory: string, { program }: BundledCommandLine): Promise<void> {
  const programs = {
    npx: `[ "$1" = latchkey ] || exit 127\nshift\nexec '${process.execPath}' '${program}' "$@"`,
    // npm runs a script in the folder of its package.
    npm: `exec '${process.execPath}' '${fileURLToPath(new URL('run-script.mjs', import.meta.url))}' '${root}' "$@"`,
  };
  await mkdir(directory, { recursive: true });
  for (const [name, body] of Object.entries(programs)) {
    await writeFile(join(directory, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(directory, name), 0o755);
  }
}

function curlSettings(names: Names): string {
  const maps = Object.entries(names).map(([from, to]) => {
    const [named, real] = [new URL(from), new URL(to)];
    return `connect-to = "${named.hostname}:${named.port || '443'}:127.0.0.1:${real.port}"`;
  });
  return [...maps, String.raw`write-out = "%{stderr}\nHTTP %{http_code}\n"`, 'silent', 'show-error'].join('\n');
}
