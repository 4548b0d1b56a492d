import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formDecode, parseForm } from './form-encoding.ts';

describe('a value is decoded', () => {
  test.each<[encoded: string, decoded: string | undefined]>([
    ['', ''],
    ['a', 'a'],
    ['a+b%20c', 'a b c'],
    ['%2B', '+'],
    // The example of RFC 6749 Appendix B.
    ['+%25%26%2B%C2%A3%E2%82%AC', ' %&+£€'],
    ['%7e', '~'],
    ['%', undefined],
    ['%4', undefined],
    ['%zz', undefined],
    ['%u0041', undefined],
    // Not UTF-8, a lone surrogate, an over-long slash.
    ['%ff', undefined],
    ['%ED%A0%80', undefined],
    ['%C0%AF', undefined],
    ['%00', undefined],
    ['a\u0000', undefined],
    ['%0d%0a', undefined],
    ['%7f', undefined],
  ])('%j', (encoded, decoded) => {
    expect(formDecode(encoded)).toBe(decoded);
  });
});

describe('a body is read', () => {
  test.each<[body: string, parameters: Record<string, string[]>]>([
    ['', {}],
    ['&&', {}],
    ['a=1&b=2', { a: ['1'], b: ['2'] }],
    ['a=1=2', { a: ['1=2'] }],
    // RFC 6749 §3.2: without a value is left out.
    ['a&b=&c=3', { c: ['3'] }],
    ['resource=x&resource=y&audience=z', { resource: ['x', 'y'], audience: ['z'] }],
    ['__proto__=1&constructor=2', { ['__proto__']: ['1'], constructor: ['2'] }],
  ])('%s', (body, parameters) => {
    const parsing = parseForm(body);
    expect(parsing.kind === 'parsed' && [...parsing.parameters]).toEqual(Object.entries(parameters));
  });

  test('as many resources as fit into a body, in no more time than as many others', () => {
    const timeOf = (body: string): number => {
      const begin = performance.now();
      expect(parseForm(body).kind).toBe('parsed');
      return performance.now() - begin;
    };
    const least = (body: string): number => Math.min(...Array.from({ length: 5 }, () => timeOf(body)));
    const different = Array.from({ length: 6000 }, (_value, index) => `a${index}=1`).join('&');
    expect(least('audience=1&'.repeat(6000))).toBeLessThan(3 * least(different));
  });

  test.each([
    ['a=1&a=1', 'a'],
    ['a=1&a=2', 'a'],
    ['a=1&a', 'a'],
    ['a&a=1', 'a'],
    ['%61=1&a=2', 'a'],
    ['client_id=x&grant_type=y&client_id=z', 'client_id'],
  ])('%s repeats a parameter', (body, name) => {
    expect(parseForm(body)).toEqual({ kind: 'repeated', name });
  });

  test.each(['a=%', '%=1', 'a=%ff', 'a=%00', 'a=1&b=%0', 'a\u0000=1'])('%j is malformed', (body) => {
    expect(parseForm(body)).toEqual({ kind: 'malformed' });
  });

  test('as URLSearchParams wrote it', () => {
    const word = fc.stringMatching(/^[ -~£€]{1,12}$/);
    fc.assert(
      fc.property(fc.dictionary(word, word, { noNullPrototype: true }), (fields) => {
        const parsing = parseForm(new URLSearchParams(fields).toString());
        const expected = Object.entries(fields).map(([name, value]) => [name, [value]]);
        expect(parsing.kind === 'parsed' && [...parsing.parameters]).toEqual(expected);
      }),
    );
  });
});
