import { DatabaseSync } from 'node:sqlite';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { temporaryDirectory } from '../harness/temporary-directory.ts';
import { openOidcProvider } from './open-oidc-provider.ts';
import { serveTokenEndpoint } from './serve-token-endpoint.ts';

// What its documentation asks of an adapter, with prepared statements and nothing else. The settings are those of
// Latchkey's own connection.
serveTokenEndpoint(async (options) => {
  const database = new DatabaseSync(`${temporaryDirectory()}/oidc-provider.db`);
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on;');
  database.exec(
    'create table models (model text not null, id text not null, payload text not null, uid text, user_code text, ' +
      'grant_id text, consumed_at integer, expires_at integer, primary key (model, id)) strict, without rowid; ' +
      'create index by_uid on models (uid) where uid is not null; ' +
      'create index by_grant on models (grant_id) where grant_id is not null;',
  );
  return openOidcProvider(options, adapterOn(database));
});

interface Row {
  readonly payload: string;
  readonly consumed_at: number | null;
  readonly expires_at: number | null;
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

function read(row: unknown): AdapterPayload | undefined {
  const found = row as Row | undefined;
  if (found === undefined || (found.expires_at !== null && found.expires_at <= nowSeconds())) return undefined;
  const payload = JSON.parse(found.payload) as AdapterPayload;
  return found.consumed_at === null ? payload : { ...payload, consumed: found.consumed_at };
}

function adapterOn(database: DatabaseSync): (model: string) => Adapter {
  const columns = 'select payload, consumed_at, expires_at from models';
  const byId = database.prepare(`${columns} where model = ? and id = ?`);
  const byUid = database.prepare(`${columns} where model = ? and uid = ?`);
  const byUserCode = database.prepare(`${columns} where model = ? and user_code = ?`);
  const upsert = database.prepare(
    'insert or replace into models (model, id, payload, uid, user_code, grant_id, expires_at) values (?, ?, ?, ?, ?, ?, ?)',
  );
  const consume = database.prepare('update models set consumed_at = ? where model = ? and id = ?');
  const remove = database.prepare('delete from models where model = ? and id = ?');
  const revoke = database.prepare('delete from models where grant_id = ?');
  return (model) => ({
    upsert: async (id, payload, expiresIn) => {
      const { uid = null, userCode = null, grantId = null } = payload;
      const expiresAt = expiresIn === undefined ? null : nowSeconds() + expiresIn;
      upsert.run(model, id, JSON.stringify(payload), uid, userCode, grantId, expiresAt);
    },
    find: async (id) => read(byId.get(model, id)),
    findByUid: async (uid) => read(byUid.get(model, uid)),
    findByUserCode: async (userCode) => read(byUserCode.get(model, userCode)),
    consume: async (id) => void consume.run(nowSeconds(), model, id),
    destroy: async (id) => void remove.run(model, id),
    revokeByGrantId: async (grantId) => void revoke.run(grantId),
  });
}
