import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJsonObject } from './json-object.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('reads', () => {
  test.each([
    ['{}'],
    ['{"a":1}'],
    [' \n\t{ "a" : [ { "b" : null } , true ] }\r\n '],
    ['{"a:b":"c:d","{":"}","[":"]"}'],
    ['{"a":"\\\\","b":"\\"","c":"\\\\\\\\","d":"\\\\\\":","e":1}'],
    ['{"a":"__proto__","b":["__proto__"]}'],
    ['{"a":{"x":1},"b":{"x":1}}'],
    ['{"pair":"\\ud83d\\udd11","plain":"🔑"}'],
    ['{"constructor":1,"toString":2,"hasOwnProperty":3}'],
    ['{"2":"b","1":"a"}'],
    [nested(16)],
  ])('%s', (text) => {
    expect(parseJsonObject(bytes(text))).toEqual(JSON.parse(text));
  });
});

describe('refuses', () => {
  test.each([
    ['nothing', ''],
    ['no object', '[]'],
    ['null', 'null'],
    ['a string', '"a"'],
    ['two objects', '{}{}'],
    ['a comment', '{/**/}'],
    ['a byte order mark', '\ufeff{}'],
    ['a trailing NUL', '{}\0'],
    ['NaN', '{"a":NaN}'],
    ['a member twice', '{"a":1,"a":1}'],
    ['a member twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a member twice, deep inside', '{"x":[1,{"y":{"a":1,"b":2,"a":3}}]}'],
    ['a member twice, the first holding more members', '{"a":{"b":1,"c":2},"a":1}'],
    ['a member twice, with the counts evened by a colon in a string', '{"a":":","a":":"}'],
    ['an empty name twice', '{"":1,"":2}'],
    ['__proto__', '{"__proto__":{"sub":"usr_02"}}'],
    ['__proto__, escaped', '{"\\u005f_proto__":{}}'],
    ['__proto__, twice', '{"__proto__":1,"__proto__":1}'],
    ['an escape in a name', '{"\\u0061lg":"none"}'],
    ['an escape in a name, with white space', '{"a":"b" , "a\\"" \t: 1}'],
    ['__proto__, deep inside', '{"a":[{"b":{"__proto__":1}}]}'],
    ['half a surrogate pair in a string', '{"a":"\\ud800"}'],
    ['half a surrogate pair in a name', '{"\\udfff":1}'],
    ['half a surrogate pair in an array', '{"a":["x",{"b":["\\ud800x"]}]}'],
    ['objects too deep', nested(17)],
    ['arrays far too deep', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('%s', (_what, text) => {
    expect(parseJsonObject(bytes(text))).toBeUndefined();
  });

  test.each([
    ['an overlong encoding', [0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
    ['a surrogate in UTF-8', [0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]],
    ['a stray continuation byte', [0x7b, 0x80, 0x7d]],
    ['a cut sequence', [0x7b, 0x7d, 0xe2, 0x82]],
    ['UTF-16', [0x7b, 0x00, 0x7d, 0x00]],
  ])('%s', (_what, data) => {
    expect(parseJsonObject(Uint8Array.from(data))).toBeUndefined();
    // The decoder serves all calls, and a failed one leaves nothing behind.
    expect(parseJsonObject(bytes('{"a":1}'))).toEqual({ a: 1 });
  });
});

test('what it gives is frozen all the way down', () => {
  const value = parseJsonObject(bytes('{"a":[{"b":[]}]}'));
  const a = value?.['a'] as { b: unknown }[];
  expect([value, a, a[0], a[0]?.b].every((part) => Object.isFrozen(part))).toBe(true);
});

test('is not taken in by names that V8 confuses once it has seen others', () => {
  // nodejs/node#63785: after the first text, JSON.parse reads the second name of the second as `\`.
  JSON.parse('{"a":1,"\\\\":1}');
  expect(parseJsonObject(bytes('{"a":1,"\\u0062":1}'))).toBeUndefined();
});

test('agrees with a plain count of members', () => {
  const name = fc.constantFrom('a', 'b', ':', '{', '}', '[', ',', ' ', 'é');
  const text = fc.constantFrom('', 'a', '"', '\\', '\\"', '":', '{"a":1}', '\\\\":');
  const { object } = fc.letrec<{ value: string; object: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text.map((string) => JSON.stringify(string)),
      fc.constant('1'),
      tie('object'),
    ),
    object: fc
      .array(fc.tuple(name, tie('value')), { maxLength: 4 })
      .map((members) => `{${members.map(([key, item]) => `${JSON.stringify(key)}:${item}`).join(',')}}`),
  }));
  fc.assert(
    fc.property(object, (json) => {
      expect(parseJsonObject(bytes(json)) !== undefined).toBe(!hasDoubledMember(json));
    }),
    { seed: 1, numRuns: 2000 },
  );
});

/** Slow and plain: takes the text apart token by token, with a set of names for each object. */
function hasDoubledMember(json: string): boolean {
  const objects: Set<string>[] = [];
  for (const [token, name] of json.matchAll(/("(?:[^"\\]|\\.)*"):|"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{') objects.push(new Set());
    else if (token === '}') objects.pop();
    else if (name !== undefined) {
      if (objects.at(-1)?.has(name)) return true;
      objects.at(-1)?.add(name);
    }
  }
  return false;
}
