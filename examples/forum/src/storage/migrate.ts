import type { DatabaseSync } from 'node:sqlite';
import { migrations } from './migrations/index.ts';

/** The file was written by a newer forum: running on it could lose what this one does not know. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
  readonly code = 'newer_schema';
}

/**
 * Brings the schema to this version, forward only, each step one transaction with its number in `user_version`. Of two
 * processes that start at once, one waits for the other's step and then finds it done.
 */
export function migrate(connection: DatabaseSync): void {
  for (;;) {
    connection.exec('BEGIN IMMEDIATE');
    try {
      const version = Number(connection.prepare('PRAGMA user_version').get()?.['user_version']);
      if (version > migrations.length) {
        throw new NewerSchemaError(
          `The database has schema ${version}, and this forum knows schemas up to ${migrations.length}. ` +
            'Start the newer version, or restore the backup that was made before the upgrade.',
        );
      }
      const next = migrations[version];
      if (next !== undefined) {
        connection.exec(next);
        connection.exec(`PRAGMA user_version = ${version + 1}`);
      }
      connection.exec('COMMIT');
      if (next === undefined) return;
    } catch (error) {
      if (connection.isTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  }
}
