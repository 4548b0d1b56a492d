import {
  resolveReference,
  type OpenApiDocument,
  type OpenApiSchema,
  type OpenApiSchemaObject,
} from './openapi-document.ts';

/** One line of a body's description. */
export interface SchemaMember {
  /** Where it is: `user.email`, `sessions[].id`; empty for a body that is not an object. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string | undefined;
  /** Short rules, such as `3 to 254 characters`. */
  readonly constraints: readonly string[];
}

/** Deeper members are not listed: a reference that contains itself must end somewhere. */
const MAX_DEPTH = 6;

function merge(document: OpenApiDocument, schema: OpenApiSchemaObject, depth: number): OpenApiSchemaObject {
  const parts = (schema.allOf ?? []).map((part) => readSchema(document, part, depth + 1));
  // The later wins: what stands beside `allOf` is closer than what its parts say.
  const all = [...parts, schema];
  const properties = Object.fromEntries(all.flatMap((part) => Object.entries(part.properties ?? {})));
  const required = all.flatMap((part) => part.required ?? []);
  return { ...(Object.assign({}, ...all) as OpenApiSchemaObject), properties, required };
}

/** A schema with its references followed, its `allOf` merged and its "or null" taken apart. */
function readSchema(document: OpenApiDocument, schema: OpenApiSchema, depth: number): OpenApiSchemaObject {
  if (typeof schema === 'boolean' || depth > MAX_DEPTH) return {};
  if (schema.$ref !== undefined) {
    const target = resolveReference<OpenApiSchemaObject>(document, 'schemas', schema);
    // JSON Schema 2020-12 §8.2.3.1: members beside `$ref` apply too; a description there is the closer one.
    const { $ref: _, ...beside } = schema;
    return target === undefined ? beside : readSchema(document, { ...target, ...beside }, depth + 1);
  }
  return schema.allOf === undefined ? schema : merge(document, schema, depth);
}

function alternatives(schema: OpenApiSchemaObject): readonly OpenApiSchema[] {
  return schema.anyOf ?? schema.oneOf ?? [];
}

/** The one alternative beside null, for `anyOf: [X, null]`: its members are listed as if it stood alone. */
function withoutNull(document: OpenApiDocument, schema: OpenApiSchemaObject, depth: number): OpenApiSchemaObject {
  const others = alternatives(schema)
    .map((choice) => readSchema(document, choice, depth + 1))
    .filter((choice) => choice.type !== 'null');
  return others.length === 1 ? { ...others[0], description: schema.description ?? others[0]?.description } : schema;
}

function typeName(document: OpenApiDocument, schema: OpenApiSchemaObject, depth: number): string {
  const choices = alternatives(schema);
  if (choices.length > 0 && depth < MAX_DEPTH) {
    const names = choices.map((choice) => typeName(document, readSchema(document, choice, depth + 1), depth + 1));
    return [...new Set(names)].join(' or ');
  }
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.includes('array') && schema.items !== undefined && depth < MAX_DEPTH) {
    return `array of ${typeName(document, readSchema(document, schema.items, depth + 1), depth + 1)}`;
  }
  if (types.length > 0) return types.join(' or ');
  if (schema.properties !== undefined) return 'object';
  return schema.const === undefined && schema.enum === undefined ? 'any' : 'value';
}

/** JSON Schema of an integer carries these when nothing else bounds it; they tell a reader nothing. */
function isMeaningful(bound: number | boolean | undefined): bound is number {
  return typeof bound === 'number' && Number.isFinite(bound) && Math.abs(bound) !== Number.MAX_SAFE_INTEGER;
}

/** @param unit - In the singular; empty for a bare number. */
function range(minimum: number | undefined, maximum: number | undefined, unit: string): string[] {
  const amount = (count: number): string => (unit === '' ? `${count}` : `${count} ${unit}${count === 1 ? '' : 's'}`);
  if (minimum !== undefined && maximum !== undefined) {
    return [minimum === maximum ? `exactly ${amount(minimum)}` : `${minimum} to ${amount(maximum)}`];
  }
  if (minimum !== undefined) return [`at least ${amount(minimum)}`];
  return maximum === undefined ? [] : [`at most ${amount(maximum)}`];
}

function constraintsOf(schema: OpenApiSchemaObject): string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  return [
    ...(schema.format === undefined ? [] : [schema.format]),
    ...range(schema.minLength, schema.maxLength, 'character'),
    ...range(isMeaningful(minimum) ? minimum : undefined, isMeaningful(maximum) ? maximum : undefined, ''),
    ...(isMeaningful(exclusiveMinimum) ? [`more than ${exclusiveMinimum}`] : []),
    ...(isMeaningful(exclusiveMaximum) ? [`less than ${exclusiveMaximum}`] : []),
    ...range(schema.minItems, schema.maxItems, 'item'),
    ...(schema.const === undefined ? [] : [`always ${JSON.stringify(schema.const)}`]),
    ...(schema.enum === undefined ? [] : [`one of ${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`]),
    ...(schema.default === undefined ? [] : [`${JSON.stringify(schema.default)} by default`]),
    // A format's pattern says the same again, at length.
    ...(schema.pattern === undefined || schema.format !== undefined ? [] : [`matches ${schema.pattern}`]),
  ];
}

function visit(
  document: OpenApiDocument,
  schema: OpenApiSchema,
  path: string,
  required: boolean,
  depth: number,
): SchemaMember[] {
  const read = readSchema(document, schema, depth);
  const shape = withoutNull(document, read, depth);
  const own: SchemaMember[] = [
    {
      path,
      type: typeName(document, read, depth),
      required,
      description: shape.description,
      constraints: constraintsOf(shape),
    },
  ];
  if (depth >= MAX_DEPTH) return own;
  if (shape.properties !== undefined) {
    const prefix = path === '' ? '' : `${path}.`;
    const below = Object.entries(shape.properties).flatMap(([name, member]) =>
      visit(document, member, prefix + name, shape.required?.includes(name) ?? false, depth + 1),
    );
    return path === '' ? below : [...own, ...below];
  }
  if (shape.items !== undefined) {
    const below = visit(document, shape.items, `${path}[]`, true, depth + 1);
    // The array's own line names the items' type already; a second line is worth it for what it adds.
    const items = below.filter((member) => member.path !== `${path}[]` || member.constraints.length > 0);
    return [...own, ...items];
  }
  return own;
}

/** The members of a schema as a flat list in their order, nested ones by their path. */
export function schemaMembers(document: OpenApiDocument, schema: OpenApiSchema): SchemaMember[] {
  return visit(document, schema, '', true, 0);
}
