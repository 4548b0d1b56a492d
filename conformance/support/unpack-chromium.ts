/** A program of its own, started by `chromium.ts`: unpacks the browser of `@sparticuz/chromium` into TMPDIR. */
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflate } from '@sparticuz/chromium';

const packed = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin');
const [chromium] = await Promise.all([inflate(join(packed, 'chromium.br')), inflate(join(packed, 'fonts.tar.br'))]);
try {
  execFileSync(chromium, ['--version'], { stdio: 'ignore' });
} catch {
  // A bare machine lacks the libraries of NSS. These need glibc 2.34, so the machine's own are better if it has them.
  await inflate(join(packed, 'al2023.tar.br'));
}
