import { migrate } from '../../storage/migrate.ts';
import { openStore } from '../../storage/open-store.ts';
import type { Settings } from '../settings.ts';

/** Brings the database to this release's schema. */
export async function migrateCommand(settings: Settings, output: { readonly json: boolean }): Promise<void> {
  const store = openStore({ url: settings.databaseUrl });
  try {
    const applied = await migrate(store);
    const text = applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`;
    process.stdout.write(`${output.json ? JSON.stringify({ applied }) : text}\n`);
  } finally {
    await store.close();
  }
}
