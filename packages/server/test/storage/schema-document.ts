import { sql, type TableMetadata } from 'kysely';
import type { Store } from '../../src/storage/store.ts';

/** What a table and its columns mean, in one line each, as the docstrings of the schema have it. */
export interface Meanings {
  readonly table: string;
  readonly columns: ReadonlyMap<string, string>;
}

/**
 * Reads the docstrings of the schema. Knows the shape that its files have: `export interface …Table` with a docstring
 * before it and before each member, and an `interface Schema` that names the tables.
 */
export function readMeanings(source: string): ReadonlyMap<string, Meanings> {
  const interfaces = new Map<string, Meanings>();
  for (const [, table, name, body] of source.matchAll(
    /(?:\/\*\* ([^\n]*) \*\/\n)?export interface (\w+Table) \{\n(.*?)\n\}/gs,
  )) {
    const columns = [...body!.matchAll(/(?:\/\*\* ([^\n]*) \*\/\n\s*)?(\w+): [^\n]*;/g)].map(
      ([, meaning = '', column]) => [column!, meaning] as const,
    );
    interfaces.set(name!, { table: table ?? '', columns: new Map(columns) });
  }
  const [, schema = ''] = /export interface Schema \{\n(.*?)\n\}/s.exec(source) ?? [];
  return new Map([...schema.matchAll(/(\w+): (\w+);/g)].map(([, table, name]) => [table!, interfaces.get(name!)!]));
}

const HEADER = `# Storage schema

One set of tables on both databases. Instants are milliseconds since 1970 in UTC, as integers; booleans are 0 or 1. What is
secret is never stored as it is: passwords and one-time tokens are hashed, signing keys and waiting mail encrypted under the
master secret, and of a session's credential there is no more than a salt.

This file is made from migrated databases and from the docstrings in \`packages/server/src/storage/schema\`; a test compares
it. To make it anew: \`UPDATE_DOCS=1 npx vitest run packages/server/test/storage/schema-document\`.
`;

/** The text of `docs/storage-schema.md`, from a migrated database of each kind. */
export async function writeSchemaDocument(
  sqlite: Store,
  postgres: Store,
  meanings: ReadonlyMap<string, Meanings>,
): Promise<string> {
  const [ours, theirs] = await Promise.all([readTables(sqlite), readTables(postgres)]);
  const sections = [...meanings].map(async ([name, { table, columns }]) =>
    [
      `## ${name}`,
      table,
      writeColumns(ours.get(name)!, theirs.get(name)!, columns),
      (await readKeys(sqlite, name)).map((line) => `- ${line}`).join('\n'),
    ].join('\n\n'),
  );
  return `${[HEADER.trimEnd(), ...(await Promise.all(sections))].join('\n\n')}\n`;
}

export async function readTables({ queries }: Store): Promise<ReadonlyMap<string, TableMetadata>> {
  const tables = await queries.introspection.getTables({ withInternalKyselyTables: true });
  return new Map(tables.map((table) => [table.name, table]));
}

function writeColumns(sqlite: TableMetadata, postgres: TableMetadata, meanings: ReadonlyMap<string, string>): string {
  const types = new Map(postgres.columns.map((column) => [column.name, column.dataType]));
  const rows = sqlite.columns.map(({ name, dataType, isNullable }) =>
    [
      `\`${name}\``,
      dataType.toLowerCase(),
      TYPE_NAMES[types.get(name)!] ?? types.get(name),
      isNullable ? 'null' : '',
      meanings.get(name),
    ].join(' | '),
  );
  return ['column | SQLite | PostgreSQL | null | meaning', '--- | --- | --- | --- | ---', ...rows]
    .map((row) => `| ${row} |`)
    .join('\n');
}

/** PostgreSQL's inner names of types, where they are not those that people write. */
const TYPE_NAMES: Readonly<Record<string, string>> = { int8: 'bigint' };

/** Primary key, references and indexes of a table. */
async function readKeys({ queries }: Store, table: string): Promise<readonly string[]> {
  const keys = await sql<{ name: string }>`
    select name from pragma_table_info(${table}) where pk > 0 order by pk`.execute(queries);
  const unique = await sql<{ columns: string }>`
    select (select group_concat(name, ', ') from pragma_index_info(list.name)) as columns
    from pragma_index_list(${table}) as list where origin = 'u' order by list.name`.execute(queries);
  const references = await sql<{ column: string; table: string; target: string; action: string }>`
    select "from" as "column", "table", "to" as target, lower(on_delete) as action
    from pragma_foreign_key_list(${table}) order by id`.execute(queries);
  const indexes = await sql<{ sql: string }>`
    select sql from sqlite_master where type = 'index' and tbl_name = ${table} and sql is not null order by name`.execute(
    queries,
  );
  return [
    `Primary key: \`${keys.rows.map(({ name }) => name).join(', ')}\``,
    ...unique.rows.map(({ columns }) => `Unique: \`${columns}\``),
    ...references.rows.map(
      (row) => `\`${row.column}\` references \`${row.table} (${row.target})\`, on delete ${row.action}`,
    ),
    ...indexes.rows.map((row) => `\`${row.sql.replace(/^[A-Z ]+/, (head) => head.toLowerCase())}\``),
  ];
}
