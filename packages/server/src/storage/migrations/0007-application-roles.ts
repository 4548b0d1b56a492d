import { sql, type Kysely } from 'kysely';

/** Roles that mean something to applications; few have any, and those are found by an index of their own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table users add column application_roles text not null default ''`.execute(db);
  await sql`create index users_with_roles on users (id) where application_roles <> ''`.execute(db);
}
