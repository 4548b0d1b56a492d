import { Pool } from 'pg';
import { countStatements } from './count-statements.ts';
import { serveCommitSubject } from './serve-commit-subject.ts';

const LANES = 10;

// The least that a durable commit can be with this driver: one number in one row, each lane a row of its own.
serveCommitSubject(async (databaseUrl) => {
  const statements = countStatements();
  const pool = new Pool({ connectionString: databaseUrl, max: LANES });
  await pool.query('create table counters (id bigint primary key, value bigint not null)');
  await pool.query('insert into counters select lane, 0 from generate_series(0, $1::int - 1) as lane', [LANES]);
  const count = async (lane: number): Promise<void> => {
    const client = await pool.connect();
    await client.query('begin');
    await client.query('update counters set value = value + 1 where id = $1', [lane]);
    await client.query('commit');
    client.release();
  };
  return {
    prove: async () => {
      await count(0);
      const { rows } = await pool.query<{ value: string }>('select value from counters where id = 0');
      if (rows[0]?.value !== '1') throw new Error(`It counted to ${rows[0]?.value}`);
    },
    commitUntil: async (endMs, lane) => {
      let commits = 0;
      for (; performance.now() < endMs; commits += 1) await count(lane);
      return commits;
    },
    statements,
  };
});
