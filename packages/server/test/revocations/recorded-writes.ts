import { ColumnNode, TableNode, type KyselyPlugin, type OperationNode, type RootOperationNode } from 'kysely';
import type { Store } from '../../src/storage/store.ts';

/** A statement that wrote, and what. */
export interface Write {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly table: string;
  /** Of an update: the columns that it sets. */
  readonly columns: readonly string[];
}

/** The writes of one transaction that was committed, in their order. */
export type Writes = readonly Write[];

/** A store that keeps a record of what each committed transaction wrote. */
export function recordWrites(store: Store, record: (writes: Writes) => void): Store {
  return {
    ...store,
    transaction: async (work) => {
      const writes: Write[] = [];
      const recorder: KyselyPlugin = {
        transformQuery({ node }) {
          const write = toWrite(node);
          if (write !== undefined) writes.push(write);
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      const result = await store.transaction((tx) => work(tx.withPlugin(recorder)));
      record(writes);
      return result;
    },
  };
}

function toWrite(node: RootOperationNode): Write | undefined {
  switch (node.kind) {
    case 'InsertQueryNode':
      return { kind: 'insert', table: tableOf(node.into), columns: [] };
    case 'DeleteQueryNode':
      return { kind: 'delete', table: tableOf(node.from.froms[0]), columns: [] };
    case 'UpdateQueryNode': {
      const columns = (node.updates ?? []).map(({ column }) => columnOf(column));
      return { kind: 'update', table: tableOf(node.table), columns };
    }
    default:
      // Operations write by Kysely's builders alone; what else there is would escape the record.
      if (/^(?:Merge|Raw|AlterTable|DropTable)/.test(node.kind)) throw new Error(`Not known as a write: ${node.kind}`);
      return undefined;
  }
}

function tableOf(node: OperationNode | undefined): string {
  if (node === undefined || !TableNode.is(node)) throw new Error('A write to no single table');
  return node.table.identifier.name;
}

function columnOf(node: OperationNode): string {
  if (!ColumnNode.is(node)) throw new Error('A column that is not named plainly');
  return node.column.name;
}

/** Ends what a cookie, a token, a secret or a key was good for. */
export function isEnd({ kind, table, columns }: Write): boolean {
  const sets = (...names: readonly string[]) => kind === 'update' && names.some((name) => columns.includes(name));
  switch (table) {
    case 'sessions':
      return kind === 'delete' || sets('revoked_at');
    case 'users':
      return kind === 'delete' || sets('version', 'role', 'application_roles', 'banned_at');
    case 'clients':
      return kind === 'delete' || sets('version', 'disabled_at');
    case 'client_secrets':
    case 'client_keys':
    case 'signing_keys':
      return kind === 'delete';
    default:
      return false;
  }
}
