import { migrate } from '../../storage/migrate.ts';
import { openStore } from '../../storage/open-store.ts';
import type { Settings } from '../settings.ts';
import { write, type Output } from './output.ts';

/** Brings the database to this release's schema. */
export async function migrateCommand(settings: Settings, { json }: Output): Promise<void> {
  const store = openStore({ url: settings.databaseUrl });
  try {
    const applied = await migrate(store);
    const text = applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`;
    write(json ? JSON.stringify({ applied }) : text);
  } finally {
    await store.close();
  }
}
