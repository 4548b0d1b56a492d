import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventStreamParser, type StreamMessage } from './event-stream.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function parse(...pieces: readonly (string | Uint8Array)[]): StreamMessage[] {
  const parser = new EventStreamParser(1000);
  return pieces.flatMap((piece) => parser.push(typeof piece === 'string' ? bytes(piece) : piece));
}

test.each<[string, string, StreamMessage[]]>([
  ['a message', 'event: page\ndata: {}\n\n', [{ event: 'page', data: '{}' }]],
  ['without a space', 'event:page\ndata:{}\n\n', [{ event: 'page', data: '{}' }]],
  ['only the first space is dropped', 'data:  x \n\n', [{ event: 'message', data: ' x ' }]],
  ['without an event name', 'data: x\n\n', [{ event: 'message', data: 'x' }]],
  ['several lines of data', 'data: a\ndata\ndata: b\n\n', [{ event: 'message', data: 'a\n\nb' }]],
  ['no data: no message, and its name is forgotten', 'event: page\n\ndata: x\n\n', [{ event: 'message', data: 'x' }]],
  ['empty data', 'data\n\n', [{ event: 'message', data: '' }]],
  ['a comment', ': data: x\n\n', []],
  ['other fields', 'id: 7\nretry: 100\nfoo: bar\ndata: x\n\n', [{ event: 'message', data: 'x' }]],
  ['a colon in the data', 'data: a: b\n\n', [{ event: 'message', data: 'a: b' }]],
  ['the end without an empty line', 'data: x\n', []],
  ['CR', 'event: page\rdata: x\r\r', [{ event: 'page', data: 'x' }]],
  ['CR LF', 'event: page\r\ndata: x\r\n\r\n', [{ event: 'page', data: 'x' }]],
  [
    'all kinds of ends',
    'data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\n',
    [
      { event: 'message', data: 'a\nb\nc' },
      { event: 'message', data: 'd' },
    ],
  ],
  ['a byte order mark', '\ufeffdata: x\n\n', [{ event: 'message', data: 'x' }]],
  ['names are compared exactly', 'Data: x\ndata : y\n\n', []],
])('%s', (_what, text, messages) => {
  expect(parse(text)).toEqual(messages);
});

test('a stream means the same, wherever it is cut into pieces', () => {
  const line = fc.oneof(
    fc.constantFrom('data: x', 'data: ä😀', 'event: page', ': c', 'data', '', '', 'id: 1'),
    fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
  );
  const text = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 20 })
    .map((lines) => `${lines.flat().join('')}\n\n`);
  fc.assert(
    fc.property(text, fc.array(fc.nat(200), { maxLength: 8 }), (whole, cuts) => {
      const all = bytes(whole);
      const places = [0, ...cuts.map((cut) => Math.min(cut, all.length)).toSorted((a, b) => a - b), all.length];
      const pieces = places.slice(1).map((end, i) => all.slice(places[i], end));
      expect(parse(...pieces)).toEqual(parse(all));
    }),
    { seed: 1, numRuns: 500 },
  );
});

describe('what is too long ends it', () => {
  test.each([
    ['a line', ['data: ', 'x'.repeat(600), 'x'.repeat(600)]],
    ['a message of many lines', [`data: ${'x'.repeat(90)}\n`.repeat(12)]],
    ['a name', ['x'.repeat(1001)]],
  ])('%s', (_what, pieces) => {
    expect(() => parse(...pieces)).toThrow(RangeError);
  });

  test('but not many messages', () => {
    expect(parse(...Array.from({ length: 100 }, () => `data: ${'x'.repeat(90)}\n\n`))).toHaveLength(100);
  });
});
