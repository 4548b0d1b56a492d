/** `latchkey audit URL` as its user runs it, with a Chromium that finds the names of these tests on this machine. */
import { chmod, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { latchkey, type CommandResult } from '../support/command-line.ts';
import { unpackChromium } from '../support/chromium.ts';

export interface ReportedFinding {
  readonly code: string;
  readonly level: 'critical' | 'high' | 'medium' | 'low' | 'info';
  readonly where: { readonly origin: string; readonly storage: string; readonly key: string };
  readonly evidence: string;
}

export interface Report {
  readonly url: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly ReportedFinding[];
}

export interface Auditor extends AsyncDisposable {
  /** How often Chromium went to a host that is none of the tests'. */
  strayConnections(): number;
  run(args: readonly string[], input?: string): Promise<CommandResult>;
  /** With `--json`; fails where there is no report. */
  audit(url: string, args?: readonly string[], input?: string): Promise<Report & { readonly result: CommandResult }>;
  /** The browser that is given to the command: it writes down how it was started, and takes further switches. */
  readonly browser: string;
  readonly directory: string;
  /** What browsers have left in the temporary directory. */
  profiles(): Promise<string[]>;
  /** Writes a script for `--script`, and gives its path. */
  script(text: string): Promise<string>;
}

export interface AuditorOptions {
  readonly cacheDirectory: string;
  /** Of the one certificate that is accepted. */
  readonly spki?: string;
}

export async function createAuditor({ cacheDirectory, spki = '' }: AuditorOptions): Promise<Auditor> {
  const { executablePath, env } = await unpackChromium(cacheDirectory);
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-site-audit-'));
  let strays = 0;
  const elsewhere = createServer((socket) => {
    strays += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const { port } = elsewhere.address() as AddressInfo;
  const browser = join(directory, 'browser');
  const hosts = ['EXCLUDE 127.0.0.1', 'EXCLUDE localhost', 'MAP *.test 127.0.0.1', `MAP * 127.0.0.1:${port}`];
  const switches = [
    '--no-proxy-server',
    `--host-resolver-rules=${hosts.join(',')}`,
    `--ignore-certificate-errors-spki-list=${spki}`,
  ];
  const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`);
  const words = [executablePath, ...switches].map((word) => `'${word}'`).join(' ');
  const lines = [...exports, `printf '%s\\n' "$@" > '${browser}.switches'`, `exec ${words} $MORE_SWITCHES "$@"`];
  await writeFile(browser, `#!/bin/sh\n${lines.join('\n')}\n`);
  await chmod(browser, 0o755);

  const run = (args: readonly string[], input = '') => {
    const environment = { TMPDIR: directory };
    const where = ['--browser', browser, '--headless', '--dangerously-without-sandbox'];
    return latchkey(['audit', ...args, ...where], { environment, directory, input });
  };
  let scripts = 0;
  return {
    strayConnections: () => strays,
    run,
    browser,
    directory,
    audit: async (url, args = [], input = '') => {
      const result = await run([url, '--json', ...args], input);
      if (!result.stdout.startsWith('{')) throw new Error(`No report:\n${result.stderr}`);
      return { ...(JSON.parse(result.stdout) as Report), result };
    },
    profiles: async () => (await readdir(directory)).filter((name) => /playwright|chrom/i.test(name)),
    script: async (text) => {
      scripts += 1;
      const file = join(directory, `script-${scripts}.mjs`);
      await writeFile(file, text);
      return file;
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => elsewhere.close(resolve));
    },
  };
}

/** Codes with the level, and where it is a storage with its name: what a test compares. */
export function summary({ findings }: Report, least: readonly string[] = ['critical', 'high', 'medium']): string[] {
  return findings
    .filter(({ level }) => least.includes(level))
    .map(({ level, code }) => `${level} ${code}`)
    .toSorted();
}
