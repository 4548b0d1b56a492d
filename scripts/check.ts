/**
 * `npm run check`: every gate, two or so at once, each ending with one line. `npm run check -- lint types` runs some.
 * What a gate printed is shown where it failed.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

interface Gate {
  readonly name: string;
  /** Arguments of Node. */
  readonly command: readonly string[];
}

interface Result {
  readonly ok: boolean;
  readonly line: string;
}

const CODE = ['packages', 'examples', 'bench', 'models', 'scripts', 'conformance', 'vitest.config.ts'];

/** Slow ones first, so that the short ones fill the gaps. */
const gates: readonly Gate[] = [
  { name: 'packages', command: ['scripts/build.ts'] },
  { name: 'lint', command: ['node_modules/oxlint/bin/oxlint', '.'] },
  { name: 'types', command: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  { name: 'unused', command: ['node_modules/knip/bin/knip.js'] },
  { name: 'imports', command: ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', ...CODE] },
  { name: 'format', command: ['node_modules/oxfmt/bin/oxfmt', '--check', '.'] },
  { name: 'lockfile', command: ['scripts/check-lockfile.ts'] },
];

function run({ name, command }: Gate): Promise<Result> {
  const startedAt = performance.now();
  // Colours where the output goes to a terminal in the end.
  const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env;
  const child = spawn(process.execPath, [...command], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const ok = code === 0;
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
      if (!ok) console.log(`\n── ${name} ──\n${Buffer.concat(output).toString().trim()}\n`);
      resolve({ ok, line: `${name.padEnd(9)} ${ok ? 'ok    ' : 'FAILED'} ${seconds} s` });
    });
  });
}

async function main(names: readonly string[]): Promise<boolean> {
  const unknown = names.filter((name) => !gates.some((gate) => gate.name === name));
  if (unknown.length > 0) {
    console.error(`No such gate: ${unknown.join(', ')}. The gates are: ${gates.map(({ name }) => name).join(', ')}.`);
    return false;
  }
  const waiting = gates.filter(({ name }) => names.length === 0 || names.includes(name));
  const results: Result[] = [];
  const work = async (): Promise<void> => {
    for (let gate = waiting.shift(); gate !== undefined; gate = waiting.shift()) results.push(await run(gate));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  console.log(results.map(({ line }) => line).join('\n'));
  return results.every(({ ok }) => ok);
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
