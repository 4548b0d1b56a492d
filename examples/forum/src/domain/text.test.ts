import { describe, expect, test } from 'vitest';
import { parseAuthorId } from './author-id.ts';
import { cursorOf, parseCursor, placeOf } from './cursor.ts';
import { decidePace, paces } from './pace.ts';
import { rankMatches } from './search-rank.ts';
import { parseSearch } from './search-query.ts';
import { slugOf } from './slug.ts';
import { pieceOf, snippetHtml } from './snippet.ts';
import { checkLine, checkTags, checkText, cleanLine, cleanText, limits } from './text.ts';

describe('texts are cleaned', () => {
  test.each([
    ['a\r\nb\rc\u2028d\u0085e', 'a\nb\nc\nd\ne'],
    ['a\u0000b\u0008c\u001Fd\u007Fe\u0001f\u0002', 'abcdef'],
    ['cafe\u0301', 'caf\u00E9'],
    ['safe\u202Egnp.exe\u202C', 'safegnp.exe'],
    ['a\u2066b\u2069c\u200Ed', 'abcd'],
    ['pay\u200Bpal\uFEFF\u00AD', 'paypal'],
    ['x\u{E0041}\u{E007F}', 'x'],
    ['half \uD800 pair', 'half \uFFFD pair'],
    ['👩\u200D👩\u200D👧', '👩\u200D👩\u200D👧'],
    ['\n \n    code\n\n', '    code'],
    ['a\tb', 'a\tb'],
  ])('%j', (text, cleaned) => {
    expect(cleanText(text)).toBe(cleaned);
  });

  test('a line has no other white space than single spaces', () => {
    expect(cleanLine('  a \n\t b\u00A0 c ')).toBe('a b c');
  });
});

describe('lengths are those of characters', () => {
  test.each([
    ['x'.repeat(11), 'too_short'],
    ['x'.repeat(12), undefined],
    ['😀'.repeat(160), undefined],
    ['😀'.repeat(161), 'too_long'],
    ['x'.repeat(1_000_000), 'too_long'],
    ['', 'required'],
    [' \u200B\u202E\n '.repeat(20), 'required'],
    [`  ${'x'.repeat(11)}  `, 'too_short'],
    // Nothing to see, and nothing to click on: fillers of Hangul, joiners, braille without a dot, marks alone.
    ['\u3164\uFFA0\u115F'.repeat(5), 'required'],
    ['\u200D\uFE0F\u034F'.repeat(5), 'required'],
    ['\u2800 '.repeat(12), 'required'],
    ['\u0301'.repeat(12), 'required'],
  ])('title %j', (title, code) => {
    const checked = checkLine('title', title, limits.title);
    expect('problem' in checked ? checked.problem.code : undefined).toBe(code);
  });

  test('a body of 20,000 characters is the longest', () => {
    expect(checkText('body', '😀'.repeat(20_000), limits.body)).toHaveProperty('value');
    expect(checkText('body', '😀'.repeat(20_001), limits.body)).toMatchObject({
      problem: { field: 'body', code: 'too_long', limit: 20_000 },
    });
  });
});

describe('tags', () => {
  test.each([
    [['jwt', ' JWT ', 'jwt'], ['jwt']],
    [
      ['c++', 'c#', '.net'.slice(1), 'node.js', 'es-2024'],
      ['c++', 'c#', 'net', 'node.js', 'es-2024'],
    ],
    [['', ' ', 'a'], ['a']],
  ])('%j', (tags, value) => {
    expect(checkTags(tags)).toEqual({ value });
  });

  test.each([
    [[], 'required'],
    [['', '\u200B'], 'required'],
    [['a', 'b', 'c', 'd', 'e', 'f'], 'too_many'],
    [['x'.repeat(36)], 'too_long'],
    [['-a'], 'not_allowed'],
    [['.net'], 'not_allowed'],
    [['a b'], 'not_allowed'],
    [['<b>'], 'not_allowed'],
    [['ключ'], 'not_allowed'],
    [['a/b'], 'not_allowed'],
    [['a"b'], 'not_allowed'],
  ])('%j: %s', (tags, code) => {
    expect(checkTags(tags)).toMatchObject({ problem: { field: 'tags', code } });
  });
});

test.each([
  ['Where is a JWT stored?', 'where-is-a-jwt-stored'],
  ['Größe & Übermaß', 'große-ubermaß'],
  ['???', 'question'],
  ['../../etc/passwd', 'etc-passwd'],
  ['"><script>', 'script'],
  ['токен где', 'токен-где'],
  ['세션은 어디에', '세션은-어디에'],
  ['word '.repeat(40), Array.from({ length: 14 }, () => 'word').join('-')],
])('the slug of %j', (title, slug) => {
  expect(slugOf(title)).toBe(slug);
});

describe('what is searched for never is syntax', () => {
  test.each([
    ['jwt', '"jwt"'],
    ['JWT cookie', '"JWT" AND "cookie"'],
    ['"in a cookie" jwt', '"in a cookie" AND "jwt"'],
    ['"open quote', '"open quote"'],
    ['a" OR b', '"a" AND "OR b"'],
    ['title:x NEAR(a b, 2) -c ^d e*', '"title" AND "x" AND "NEAR" AND "a" AND "b" AND "2" AND "c" AND "d"'],
    ["'; DROP TABLE posts; --", '"DROP" AND "TABLE" AND "posts"'],
    ['a\u0000b', '"a" AND "b"'],
    ['ключ 鍵 🔑', '"ключ" AND "鍵"'],
  ])('%j', (text, all) => {
    expect(parseSearch(text)?.all).toBe(all);
  });

  test.each(['', '   ', '"', '""""', '* - ^ : ( )', '🔑', '\u0000'])('%j is nothing', (text) => {
    expect(parseSearch(text)).toBeUndefined();
  });

  test('marks are the only tags of a snippet', () => {
    expect(snippetHtml('<b>\u0001a & "b"\u0002 \'c\'')).toBe('&lt;b&gt;<mark>a &amp; &quot;b&quot;</mark> &#39;c&#39;');
  });
});

describe('the piece of a marked text that is shown', () => {
  const mark = (word: string) => `\u0001${word}\u0002`;
  /** With brackets as marks. */
  const cut = (marked: string) => pieceOf(marked).replaceAll('\u0001', '[').replaceAll('\u0002', ']');
  const words = (count: number) => 'word '.repeat(count);

  test('a short text is shown whole', () => {
    expect(cut(`a ${mark('b')} c`)).toBe('a [b] c');
  });

  test('where most marks are, from word to word', () => {
    const piece = cut(`${mark('b')} ${words(200)}${mark('c')} ${mark('d')} ${words(200)}`);
    expect(piece).toMatch(/^…(?:word )+\[c\] \[d\](?: word)+…$/);
  });

  test.each([
    ['one word', 'x'.repeat(20_000)],
    ['one marked word', mark('x'.repeat(20_000))],
    ['a marked phrase that is cut', words(100) + mark(words(500)) + words(100)],
    ['nothing but marks', mark('a').repeat(10_000)],
    ['emoji', '😀'.repeat(10_000)],
    ['emoji, from the middle', `${'😀'.repeat(5_001)}${mark('a')}${'😀'.repeat(5_000)}`],
  ])('%s: short, its marks closed, its characters whole', (_name, marked) => {
    const piece = cut(marked);
    expect(piece.length).toBeLessThan(250);
    expect(piece.isWellFormed()).toBe(true);
    expect(piece.replace(/\[[^[\]]*\]/g, '')).not.toMatch(/[[\]]/);
  });
});

test('a title counts more than the question, that more than its answers, and votes count', () => {
  const match = { postId: 0, questionId: 0, isQuestion: true, inTitle: false, score: 0 };
  const ranked = rankMatches([
    { ...match, postId: 1, questionId: 1 },
    { ...match, postId: 2, questionId: 2, inTitle: true },
    { ...match, postId: 4, questionId: 3, isQuestion: false, score: 1 },
    { ...match, postId: 5, questionId: 3, isQuestion: false },
    { ...match, postId: 6, questionId: 6, isQuestion: false },
    { ...match, postId: 8, questionId: 8, score: 7 },
  ]);
  expect(ranked.map(({ questionId }) => questionId)).toEqual([2, 8, 1, 3, 6]);
  expect(ranked.find(({ questionId }) => questionId === 3)?.postId).toBe(4);
});

describe('cursors', () => {
  test('a place goes there and back', () => {
    const place = { list: 'votes', direction: 'newer', key: -3, id: 17 } as const;
    expect(placeOf(cursorOf(place), 'votes')).toEqual(place);
    expect(parseCursor(cursorOf(place))).toBe(cursorOf(place));
    expect(placeOf(cursorOf(place), 'newest')).toBeUndefined();
  });

  test.each([
    '',
    'x',
    'votes.o.1',
    'votes.x.1.2',
    'votes.o.1.2\n',
    'votes.o.1e5.2',
    `votes.o.1.${'9'.repeat(16)}`,
    'a'.repeat(9_999),
  ])('%j is none', (text) => {
    expect(parseCursor(text)).toBeUndefined();
  });
});

test.each(['', 'usr_', 'ses_1', 'usr_A', 'usr_1\n', `usr_${'a'.repeat(65)}`, "usr_1'--"])('%j is no author', (text) => {
  expect(parseAuthorId(text)).toBeUndefined();
});

describe('pace', () => {
  const now = Date.UTC(2026, 0, 1);

  test('as many at once as in an hour, then one in each share of it', () => {
    let wholeAt: number | undefined;
    for (let asked = 0; asked < paces.ask.acts; asked += 1) {
      const decision = decidePace('ask', wholeAt, now);
      expect(decision.kind).toBe('go');
      if (decision.kind === 'go') wholeAt = decision.wholeAt;
    }
    expect(decidePace('ask', wholeAt, now)).toEqual({ kind: 'wait', retryAfterSeconds: 600 });
    expect(decidePace('ask', wholeAt, now + 599_000)).toEqual({ kind: 'wait', retryAfterSeconds: 1 });
    expect(decidePace('ask', wholeAt, now + 600_000).kind).toBe('go');
  });

  test('a clock that was set back keeps nobody out for longer than an hour', () => {
    expect(decidePace('ask', now + 10 * 86_400_000, now)).toEqual({ kind: 'wait', retryAfterSeconds: 600 });
  });
});
