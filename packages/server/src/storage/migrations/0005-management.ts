import { sql, type Kysely } from 'kysely';
import type { Engine } from '../store.ts';

/**
 * What lists are read from. Of users: addresses in the order of their bytes, and the few who are not like most. Of the
 * audit log: what somebody did, and what happened seldom.
 */
export async function up(db: Kysely<unknown>, engine: Engine): Promise<void> {
  for (const statement of statements(engine)) await sql.raw(statement).execute(db);
}

function statements(engine: Engine): readonly string[] {
  return [
    // What an address begins with is found in this order alone; SQLite has no other one.
    ...(engine === 'postgres' ? ['alter table users alter column email_key type text collate "C"'] : []),
    `create index users_administrators on users (id) where role = 'administrator'`,
    'create index users_banned on users (id) where banned_at is not null',
    'create index audit_events_by_actor on audit_events (actor, id)',
    'create index audit_events_by_type on audit_events (type, id)',
  ];
}
