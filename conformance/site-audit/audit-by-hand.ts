/** `latchkey audit URL` by hand: somebody sits at a terminal, and acts in the window. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { bundledCommandLine } from '../../packages/server/test/support/bundled-command-line.ts';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import type { Auditor } from './run-audit.ts';

/** There is no terminal here: a pipe says that it is one. */
const TERMINAL = 'data:text/javascript,Object.defineProperty(process.stdin,"isTTY",{value:true})';
const PATIENCE_MS = 60_000;
/** Playwright closes the browser first. */
const CLOSING_MS = 5000;

export interface ByHand extends AsyncDisposable {
  /** Waits until the command asks for this. */
  asked(question: string): Promise<void>;
  /** Does something in the window. */
  inWindow(act: (page: Page) => Promise<void>): Promise<void>;
  press(key: string): void;
  isRunning(): boolean;
  /** How the browser was started. */
  switches(): Promise<readonly string[]>;
  /** Ends with the report. */
  ended(): Promise<{ readonly code: number | null; readonly stdout: string }>;
}

export async function auditByHand(
  { browser, directory }: Pick<Auditor, 'browser' | 'directory'>,
  url: string,
): Promise<ByHand> {
  const { program, environment } = await bundledCommandLine();
  const port = await findFreePort();
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    TMPDIR: directory,
    // Where there is a display there is a window. This browser needs none, whatever it is told.
    DISPLAY: ':0',
    MORE_SWITCHES: `--remote-debugging-port=${port}`,
    ...environment,
  };
  const args = [program, 'audit', url, '--json', '--browser', browser, '--dangerously-without-sandbox'];
  const child = spawn(process.execPath, ['--import', TERMINAL, ...args], { cwd: directory, env, stdio: 'pipe' });
  const stdout = text(child.stdout);
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    isRunning,
    asked: async (question) => {
      const giveUpAt = performance.now() + PATIENCE_MS;
      while (!said.includes(question)) {
        if (!isRunning() || performance.now() > giveUpAt) throw new Error(`Not asked; it said: ${said}`);
        await wait(20);
      }
    },
    inWindow: async (act) => {
      const window = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
      try {
        const page = window.contexts().flatMap((context) => context.pages())[0];
        if (page === undefined) throw new Error('There is no window');
        await act(page);
      } finally {
        await window.close();
      }
    },
    press: (key) => child.stdin.write(`${key}\n`),
    switches: async () => (await readFile(`${browser}.switches`, 'utf8')).trim().split('\n'),
    ended: async () => {
      await exited;
      return { code: child.exitCode, stdout: await stdout };
    },
    [Symbol.asyncDispose]: async () => {
      if (!isRunning()) return;
      child.kill();
      await Promise.race([exited, wait(CLOSING_MS)]);
      child.kill('SIGKILL');
      await exited;
    },
  };
}
