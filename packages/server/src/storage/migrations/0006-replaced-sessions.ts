import { sql, type Kysely } from 'kysely';

/** A session that is begun where another one was remembers it until its own cookie is known to have arrived. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table sessions add column replaces text`.execute(db);
}
