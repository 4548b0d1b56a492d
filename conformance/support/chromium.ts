import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGuard } from '../../packages/server/test/support/guarded-process.ts';

export interface Chromium {
  readonly executablePath: string;
  /** What it needs in its environment besides the usual. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The browser from npm, unpacked (190 MB, some seconds) when this version has not been before. Test workers may ask at
 * the same time, and be killed at any moment: it is unpacked beside the cache and appears there in one step.
 * @param cacheDirectory an existing directory that survives the test run
 */
export async function unpackChromium(cacheDirectory: string): Promise<Chromium> {
  const uid = process.getuid?.() ?? 0;
  const directory = join(cacheDirectory, `latchkey-chromium-${packageVersion()}-${uid}`);
  if (!existsSync(directory)) await unpackInto(directory);
  // In a directory that all may write to, another user could have put a program of theirs under this name.
  if (statSync(directory).uid !== uid) throw new Error(`${directory} belongs to somebody else.`);
  return {
    executablePath: join(directory, 'chromium'),
    env: { FONTCONFIG_FILE: join(directory, 'fonts.conf'), LD_LIBRARY_PATH: join(directory, 'al2023', 'lib') },
  };
}

async function unpackInto(directory: string): Promise<void> {
  const guard = await startGuard({ prefix: 'latchkey-unpacking-', parentDirectory: dirname(directory) });
  try {
    const unpacked = join(guard.directory, 'chromium');
    await mkdir(unpacked, { mode: 0o700 });
    const program = await guard.run({
      file: process.execPath,
      args: [fileURLToPath(new URL('./unpack-chromium.ts', import.meta.url))],
      env: { TMPDIR: unpacked },
      endSignal: 'SIGKILL',
    });
    const { code } = await program.exited;
    if (code !== 0) throw new Error(`Chromium could not be unpacked:\n${program.output()}`);
    await writeFile(join(unpacked, 'fonts.conf'), fontConfiguration(directory));
    await rename(unpacked, directory).catch((error: unknown) => {
      // Another worker was faster. Its copy is as good.
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await guard.end();
  }
}

/** The fonts of the package and no others, so that a page looks the same on every machine, with fonts or without. */
function fontConfiguration(directory: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(directory, 'fonts')}</dir>
  <cachedir>${join(directory, 'font-cache')}</cachedir>
</fontconfig>
`;
}

function packageVersion(): string {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
  const { version } = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
