import { DatabaseSync } from 'node:sqlite';
import { serveCommitSubject } from './serve-commit-subject.ts';

// The least that a durable commit can be: one number in one row. The settings are those of Latchkey's own connection.
serveCommitSubject(async (databaseUrl) => {
  const database = new DatabaseSync(databaseUrl.slice('sqlite:'.length));
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on;');
  database.exec('create table counters (id integer primary key, value integer not null) strict');
  database.exec('insert into counters values (1, 0)');
  const begin = database.prepare('begin immediate');
  const update = database.prepare('update counters set value = value + 1 where id = ?');
  const commit = database.prepare('commit');
  const count = (): void => {
    begin.run();
    update.run(1);
    commit.run();
  };
  return {
    prove: async () => {
      count();
      const { value } = database.prepare('select value from counters').get() ?? {};
      if (value !== 1) throw new Error(`It counted to ${String(value)}`);
    },
    commitUntil: async (endMs) => {
      let commits = 0;
      for (; performance.now() < endMs; commits += 1) count();
      return commits;
    },
  };
});
