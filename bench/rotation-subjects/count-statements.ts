import { Client } from 'pg';

/** Counts what this process asks PostgreSQL for from now on: one round trip each. */
export function countStatements(): () => number {
  let count = 0;
  const prototype: { query: (this: Client, ...args: never[]) => unknown } = Client.prototype;
  const { query } = prototype;
  prototype.query = function (...args) {
    count += 1;
    return query.apply(this, args);
  };
  return () => count;
}
