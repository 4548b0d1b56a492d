import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

const LIMIT_BYTES = 3072;

async function sizeOf(entry: string): Promise<number> {
  const input = new URL(`../src/${entry}.ts`, import.meta.url).pathname;
  const build = await rolldown({ input, platform: 'browser' });
  const { output } = await build.generate({ format: 'esm', minify: true });
  expect(output).toHaveLength(1);
  expect(output[0].imports).toEqual([]);
  return gzipSync(output[0].code, { level: 9 }).length;
}

test('what a page loads is at most 3.0 kB, gzipped, and needs nothing else', async () => {
  expect(await sizeOf('index')).toBeLessThanOrEqual(LIMIT_BYTES);
  expect(await sizeOf('dpop')).toBeLessThanOrEqual(1024);
});
