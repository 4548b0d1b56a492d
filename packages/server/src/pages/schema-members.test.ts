import { describe, expect, test } from 'vitest';
import type { OpenApiDocument, OpenApiSchema } from './openapi-document.ts';
import { schemaMembers } from './schema-members.ts';

const document: OpenApiDocument = {
  info: { title: 'Test', version: '1' },
  components: {
    schemas: {
      Name: { type: 'string', minLength: 1, maxLength: 120, description: 'A name' },
      Alias: { $ref: '#/components/schemas/Name' },
      Tree: { type: 'object', properties: { left: { $ref: '#/components/schemas/Tree' } } },
      Circle: { $ref: '#/components/schemas/Circle' },
      'With/Slash': { type: 'boolean' },
    },
  },
};

const object = (properties: Record<string, OpenApiSchema>, required: string[] = []): OpenApiSchema => ({
  type: 'object',
  properties,
  required,
});

const lines = (schema: OpenApiSchema) =>
  schemaMembers(document, schema).map(({ path, type, required }) => `${path}: ${type}${required ? '' : '?'}`);

describe('members', () => {
  test.each<[string, OpenApiSchema, string[]]>([
    ['in their order', object({ b: { type: 'string' }, a: { type: 'integer' } }, ['a']), ['b: string?', 'a: integer']],
    [
      'of members',
      object({ user: object({ id: { type: 'string' } }, ['id']) }, ['user']),
      ['user: object', 'user.id: string'],
    ],
    [
      'of items',
      object({ list: { type: 'array', items: object({ id: { type: 'string' } }, ['id']) } }),
      ['list: array of object?', 'list[].id: string'],
    ],
    [
      'that are lists of text',
      object({ roles: { type: 'array', items: { type: 'string' } } }),
      ['roles: array of string?'],
    ],
    [
      'or null',
      object({ user: { anyOf: [object({ id: { type: 'string' } }), { type: 'null' }] } }),
      ['user: object or null?', 'user.id: string?'],
    ],
    ['of several types', object({ aud: { type: ['string', 'array'] } }), ['aud: string or array?']],
    ['behind references', object({ name: { $ref: '#/components/schemas/Alias' } }), ['name: string?']],
    ['behind an escaped reference', object({ x: { $ref: '#/components/schemas/With~1Slash' } }), ['x: boolean?']],
    ['behind a reference to nowhere', object({ x: { $ref: '#/components/schemas/Missing' } }), ['x: any?']],
    ['behind a reference elsewhere', object({ x: { $ref: 'https://evil.example/x' } }), ['x: any?']],
    ['named like a built-in', object({ x: { $ref: '#/components/schemas/constructor' } }), ['x: any?']],
    ['behind a circle', object({ x: { $ref: '#/components/schemas/Circle' } }), ['x: any?']],
    ['without a schema', object({ x: true }), ['x: any?']],
    [
      'of all parts',
      { allOf: [object({ a: { type: 'string' } }, ['a']), object({ b: { type: 'string' } })], required: ['b'] },
      ['a: string', 'b: string'],
    ],
    ['that are no object', { type: 'string' }, [': string']],
  ])('%s', (_name, schema, expected) => {
    expect(lines(schema)).toEqual(expected);
  });

  test('that contain themselves end', () => {
    const paths = schemaMembers(document, { $ref: '#/components/schemas/Tree' }).map(({ path }) => path);
    expect(paths.slice(0, 2)).toEqual(['left', 'left.left']);
    expect(paths.length).toBeLessThan(10);
  });
});

describe('constraints', () => {
  test.each<[OpenApiSchema, string[]]>([
    [{ type: 'string', minLength: 3, maxLength: 254 }, ['3 to 254 characters']],
    [{ type: 'string', minLength: 4, maxLength: 4 }, ['exactly 4 characters']],
    [{ type: 'string', maxLength: 9 }, ['at most 9 characters']],
    [{ type: 'integer', minimum: 0, maximum: 9 }, ['0 to 9']],
    [{ type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }, []],
    [{ type: 'number', exclusiveMinimum: 0 }, ['more than 0']],
    [{ type: 'array', minItems: 1 }, ['at least 1 item']],
    [{ enum: ['a', 1] }, ['one of "a", 1']],
    [{ const: 'Bearer' }, ['always "Bearer"']],
    [{ type: 'boolean', default: false }, ['false by default']],
    [{ type: 'string', pattern: '^a' }, ['matches ^a']],
    [{ type: 'string', format: 'date-time', pattern: '^long' }, ['date-time']],
    [{ $ref: '#/components/schemas/Alias' }, ['1 to 120 characters']],
  ])('%j', (schema, expected) => {
    expect(schemaMembers(document, schema)[0]?.constraints).toEqual(expected);
  });

  test('a description beside a reference is the closer one', () => {
    const schema = { $ref: '#/components/schemas/Name', description: 'Their name' };
    expect(schemaMembers(document, schema)[0]?.description).toBe('Their name');
  });
});
