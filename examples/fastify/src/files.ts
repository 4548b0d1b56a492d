import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

interface File {
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

/** The page, its style, and its script with `@latchkey/browser` in one file. */
export async function readFiles(): Promise<readonly File[]> {
  return [
    { path: '/', type: 'text/html', body: await read('index.html') },
    { path: '/style.css', type: 'text/css', body: await read('style.css') },
    { path: '/page.js', type: 'text/javascript', body: await bundle('page.ts') },
  ];
}

async function read(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), 'utf8');
}

async function bundle(name: string): Promise<string> {
  await using build = await rolldown({
    input: fileURLToPath(new URL(name, import.meta.url)),
    platform: 'browser',
  });
  const { output } = await build.generate({ minify: true });
  return output[0].code;
}
