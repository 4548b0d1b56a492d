import { sql, type Compilable, type CompiledQuery, type Expression } from 'kysely';
import type { Queries } from './store.ts';

type Parameters = Readonly<Record<string, unknown>>;

/** The parameter of a query that is still open, as an expression of the type that it will have. */
export type Parameter<Values extends Parameters> = <Name extends keyof Values & string>(
  name: Name,
) => Expression<Values[Name]>;

/** Stands in a compiled query where a value is to be. */
class Hole {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * A query that is built and compiled once for each dialect, for those that run most: to build one takes longer
 * than SQLite takes to answer it. Its parameters are the only thing that may change.
 *
 * @param build - Must not do anything but build; called again where somebody wants to see queries being built.
 */
export function compileOnce<Values extends Parameters, Row>(
  build: (queries: Queries, parameter: Parameter<Values>) => Compilable<Row>,
): (queries: Queries, values: Values) => Promise<readonly Row[]> {
  const compiledFor = new Map<unknown, CompiledQuery<Row>>();
  return async (queries, values) => {
    const executor = queries.getExecutor();
    // A plugin wants to see each query before it is compiled.
    if (executor.plugins.length > 0) {
      const query = build(queries, (name) => sql`${values[name]}`);
      return (await queries.executeQuery<Row>(query)).rows;
    }
    const dialect: unknown = executor.adapter.constructor;
    let compiled = compiledFor.get(dialect);
    if (compiled === undefined) {
      compiled = build(queries, (name) => sql`${new Hole(name)}`).compile();
      compiledFor.set(dialect, compiled);
    }
    const parameters = compiled.parameters.map((value) => (value instanceof Hole ? values[value.name] : value));
    return (await queries.executeQuery<Row>({ ...compiled, parameters })).rows;
  };
}
