import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import type { SnapshotStore } from '../revocations/saved-revocations.ts';

/**
 * Keeps a verifier's revocations in a file, over restarts: `createVerifier({ …, snapshot: fileSnapshot(path) })`. The file is
 * replaced whole, and can be read by its owner only (mode 0600): it tells who was signed out.
 */
export function fileSnapshot(path: string): SnapshotStore {
  return {
    load: async () => {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
    save: async (text) => {
      // In the same folder, so that it can be renamed; with a name of its own, for processes that share the path.
      const next = `${path}.${randomUUID()}`;
      try {
        await writeDurably(next, text);
        await rename(next, path);
      } catch (error) {
        await rm(next, { force: true });
        throw error;
      }
    },
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
}
