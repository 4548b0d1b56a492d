import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/**
 * What publint has to say about a package as it would be published: problems for people to read, none for a good one.
 * @param tarball of `npm pack`
 */
export async function lintPackage(folder: string, tarball: string): Promise<string[]> {
  const packed = new Blob([readFileSync(tarball)]);
  const { messages } = await publint({ strict: true, pack: { tarball: await packed.arrayBuffer() } });
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  return messages.map((message) => formatMessage(message, manifest) ?? message.code);
}
