import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type ForumDatabase, wrapDatabase } from './database.ts';
import { migrate } from './migrate.ts';

/**
 * Opens the forum's database (`:memory:` for tests) and brings its schema up to date. Makes the file and its folder, for
 * the owner's eyes only.
 *
 * `synchronous=NORMAL`: with a write-ahead log nothing is ever torn, and a process that dies loses nothing. A machine
 * that loses power may lose the last moments; what must survive that (who is banned) is Latchkey's, not the forum's.
 */
export function openDatabase(path: string): ForumDatabase {
  if (path !== ':memory:') makeFile(path);
  const connection = new DatabaseSync(path, { timeout: 5_000, enableForeignKeyConstraints: true });
  try {
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY');
    // 64 MB of pages: the upper levels of all indexes of a large forum.
    connection.exec('PRAGMA cache_size = -65536; PRAGMA mmap_size = 1073741824; PRAGMA trusted_schema = OFF');
    migrate(connection);
    return wrapDatabase(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** SQLite itself would make it readable for everybody; its companions get the mode of the file. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}
