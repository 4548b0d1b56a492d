import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allowedHtml, excerptOf, plainText, renderInline, renderMarkdown } from './markdown.ts';

const attributesOf: Readonly<Record<string, readonly string[]>> = allowedHtml;

/** Everything in a piece of HTML that is not on the list: tags, attributes, addresses, stray angle brackets. */
function findForbidden(html: string): readonly string[] {
  const forbidden: string[] = [];
  const rest = html.replace(
    /<(\/?)([a-z0-9]+)((?: [a-z-]+="[^"<>]*")*)( \/)?>/g,
    (_tag, _close, name: string, list: string) => {
      if (!(name in attributesOf)) forbidden.push(`<${name}>`);
      for (const [, attribute = '', value = ''] of list.matchAll(/ ([a-z-]+)="([^"]*)"/g)) {
        if (!attributesOf[name]?.includes(attribute)) forbidden.push(`${name}.${attribute}`);
        if (attribute === 'href' && !/^(?:https?:\/\/|mailto:)/i.test(value)) forbidden.push(`href=${value}`);
        if (attribute === 'rel' && value !== 'nofollow ugc noopener') forbidden.push(`rel=${value}`);
        if (attribute === 'class' && !/^language-[a-z0-9+#-]+$/i.test(value)) forbidden.push(`class=${value}`);
        if (attribute === 'tabindex' && value !== '0') forbidden.push(`tabindex=${value}`);
      }
      if (name === 'a' && _close === '' && list.includes('href') && !list.includes(' rel="'))
        forbidden.push('a without rel');
      return '';
    },
  );
  // What was no tag of the form above must have been escaped.
  if (/[<>]/.test(rest)) forbidden.push(rest);
  return forbidden;
}

const attempts = [
  '<script>alert(1)</script>',
  '<ScRiPt src=//x.y></sCrIpT>',
  '<script\n>alert(1)</script\n>',
  '<img src=x onerror=alert(1)>',
  '<img/src=`x`onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<svg><animate onbegin=alert(1) attributeName=x>',
  '<math><mtext><table><mglyph><style><img src onerror=alert(1)>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '<object data="data:text/html,<script>alert(1)</script>">',
  '<embed src="javascript:alert(1)">',
  '<base href="https://x.y/">',
  '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
  '<link rel=stylesheet href=//x.y>',
  '<style>@import "//x.y"</style>',
  '<form action="//x.y"><input type=submit></form>',
  '<button formaction=javascript:alert(1)>x',
  '<details open ontoggle=alert(1)>',
  '<video><source onerror=alert(1)>',
  '<body onload=alert(1)>',
  '<a href="javascript:alert(1)">x</a>',
  '<p style="position:fixed">x</p>',
  '<div id="content" class="admin">x</div>',
  '<!-- --><img src=x onerror=alert(1)> -->',
  '<![CDATA[<script>alert(1)</script>]]>',
  '<?xml version="1.0"?><script>alert(1)</script>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<template><script>alert(1)</script></template>',
  '<xmp><script>alert(1)</script></xmp>',
  '<textarea></textarea><script>alert(1)</script>',
  '<title></title><script>alert(1)</script>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](java\nscript:alert(1))',
  '[x](java&#115;cript:alert(1))',
  '[x](javascript&colon;alert(1))',
  '[x](&#x6A;avascript:alert(1))',
  '[x](\u0001javascript:alert(1))',
  '[x](%6Aavascript:alert(1))',
  '[x](vbscript:msgbox(1))',
  '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[x](data:image/svg+xml,<svg onload=alert(1)>)',
  '[x](file:///etc/passwd)',
  '[x](blob:https://x.y/1)',
  '[x](//x.y/z)',
  '[x](/sign-out)',
  '[x](https://x.y/" onmouseover="alert(1))',
  '[x](https://x.y "a" onclick="alert(1)")',
  '[x](https://x.y \'a" onclick="alert(1)\')',
  '[x](<javascript:alert(1)>)',
  '[<img src=x onerror=alert(1)>](https://x.y)',
  '[x]: javascript:alert(1)\n\n[x]',
  '<javascript:alert(1)>',
  '<https://x.y/"onmouseover="alert(1)>',
  'https://x.y/"onmouseover="alert(1)',
  'https://x.y/<script>alert(1)</script>',
  '![x](javascript:alert(1))',
  '![x](https://x.y/p.png "a\\" onerror=\\"alert(1)")',
  '![" onerror="alert(1)](https://x.y/p.png)',
  '![x](data:image/png;base64,AAAA)',
  '[![x](https://x.y/p.png)](https://z.y)',
  '```"><script>alert(1)</script>\nx\n```',
  '```js" onclick="alert(1)\nx\n```',
  '```\n</code></pre><script>alert(1)</script>\n```',
  '`</code><script>alert(1)</script>`',
  '    </pre><script>alert(1)</script>',
  '|a|\n|:-:|\n|<script>alert(1)</script>|',
  '# <script>alert(1)</script>',
  '> <script>alert(1)</script>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '&#60;script&#62;alert(1)&#60;/script&#62;',
  '\\<script>alert(1)\\</script>',
  '\uFF1Cscript\uFF1Ealert(1)\uFF1C/script\uFF1E',
  '<scr\u0000ipt>alert(1)</script>',
  '**<b onclick=alert(1)>x</b>**',
  '<<script>alert(1);//<</script>',
  '1. <li onclick=alert(1)>',
];

describe('Markdown: what somebody hostile writes', () => {
  test.each(attempts)('%j', (attempt) => {
    expect(findForbidden(renderMarkdown(attempt))).toEqual([]);
    expect(findForbidden(renderInline(attempt))).toEqual([]);
    expect(findForbidden(renderMarkdown(`text ${attempt} text\n\n- ${attempt}\n\n> ${attempt}`))).toEqual([]);
  });

  test('the check of these tests finds what it looks for', () => {
    for (const html of [
      '<script>x</script>',
      '<p onclick="x">y</p>',
      '<a href="javascript:x" rel="nofollow ugc noopener">',
      '<',
    ]) {
      expect(findForbidden(html)).not.toEqual([]);
    }
    expect(findForbidden('<a href="https://x.y">')).toEqual(['a without rel']);
  });

  test('whatever is written, no tag, attribute or address comes out that is not on the list', () => {
    const marks = [
      '<',
      '>',
      '"',
      "'",
      '&',
      '`',
      '```',
      '\n',
      '\n\n',
      '    ',
      '[',
      ']',
      '(',
      ')',
      '!',
      '*',
      '|',
      '#',
      '- ',
    ];
    const words = ['javascript:', 'data:', 'https://x.y', 'onerror=', 'script', 'img src=x ', '&#x3c;', '\\', '\u0000'];
    const piece = fc.constantFrom(...marks, ...words);
    const text = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 40 });
    fc.assert(
      fc.property(text, (pieces) => {
        const markdown = pieces.join('');
        expect(findForbidden(renderMarkdown(markdown))).toEqual([]);
        expect(findForbidden(renderInline(markdown))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test.each([
    ['quotes', '>'.repeat(20_000)],
    ['lists', '- '.repeat(10_000)],
    ['brackets', '['.repeat(20_000)],
    ['half links', '[a]('.repeat(5_000)],
    ['pictures', '![](x'.repeat(4_000)],
    ['emphasis', '*a_ '.repeat(5_000)],
    ['stars', '*'.repeat(20_000)],
    ['ticks', Array.from({ length: 190 }, (_, length) => '`'.repeat(length)).join(' ')],
    ['angles', '<'.repeat(20_000)],
    ['entities', '&amp;'.repeat(4_000)],
    ['addresses', 'https://a.b '.repeat(1_600)],
    ['tables', `${'|'.repeat(9_000)}\n${'|-'.repeat(5_000)}`],
    ['rows', `${'|a'.repeat(3_000)}\n${'|-'.repeat(3_000)}\n${'|a\n'.repeat(2_600)}`],
    ['references', Array.from({ length: 1_500 }, (_, at) => `[${at}]: http://x`).join('\n')],
  ])('20,000 characters of %s take no more than a moment', (_name, markdown) => {
    const startedAt = performance.now();
    const html = renderMarkdown(markdown);
    excerptOf(markdown);
    plainText(markdown);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(html.length).toBeLessThan(200_000);
  });
});

describe('Markdown: characters that no text has come in by no other way', () => {
  test.each([
    ['turned round', 'safe&#8238;gnp.exe &#x202E;a'],
    ['invisible', 'pay&#8203;pal &ZeroWidthSpace;'],
    ['marks of search', 'https://x.y/%01z%02'],
    ['turned round, in an address', '<https://x.y/%E2%80%AEmoc.z>'],
    ['in a title', '[a](https://x.y "&#8238;b")'],
    ['in a picture', '![&#8238;](https://x.y)'],
  ])('%s', (_name, markdown) => {
    for (const text of [renderMarkdown(markdown), renderInline(markdown), plainText(markdown), excerptOf(markdown)]) {
      // eslint-disable-next-line no-control-regex -- they are what is looked for
      expect(text).not.toMatch(/[\u0000-\u0008\u000E-\u001F\u200B\u202A-\u202E]/);
    }
  });

  test('an address is shown as it was typed: decoded, its host could look like another', () => {
    expect(plainText('https://xn--80ak6aa92e.com/')).toBe('https://xn--80ak6aa92e.com/');
  });
});

describe('Markdown: what a post may have', () => {
  test.each([
    ['# a', '<h3>a</h3>\n'],
    ['###### a', '<h6>a</h6>\n'],
    ['**a** _b_ ~~c~~ `d`', '<p><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>\n'],
    ['[a](https://x.y "t")', '<p><a href="https://x.y" title="t" rel="nofollow ugc noopener">a</a></p>\n'],
    ['[a](mailto:a@x.y)', '<p><a href="mailto:a@x.y" rel="nofollow ugc noopener">a</a></p>\n'],
    ['https://x.y/z', '<p><a href="https://x.y/z" rel="nofollow ugc noopener">https://x.y/z</a></p>\n'],
    ['example.com a@x.y ftp://x.y', '<p>example.com a@x.y ftp://x.y</p>\n'],
    ['![a](https://x.y/p.png)', '<p><a href="https://x.y/p.png" rel="nofollow ugc noopener">a</a></p>\n'],
    ['[![a](https://x.y/p.png)](https://z.y)', '<p><a href="https://z.y" rel="nofollow ugc noopener">a</a></p>\n'],
    ['```ts\na<b\n```', '<pre tabindex="0"><code class="language-ts">a&lt;b\n</code></pre>\n'],
    ['3. a', '<ol start="3">\n<li>a</li>\n</ol>\n'],
  ])('%j', (markdown, html) => {
    expect(renderMarkdown(markdown)).toBe(html);
  });

  test('a comment is one line', () => {
    expect(renderInline('# a\n\n- b `c`')).toBe('# a - b <code>c</code>');
  });

  test('words are what search sees, and what a list shows', () => {
    const markdown = '# Where\n\nIn **a** [cookie](https://x.y), `HttpOnly`.\n\n```js\ncode()\n```';
    expect(plainText(markdown).replace(/\s+/g, ' ')).toBe('Where In a cookie, HttpOnly. code()');
    expect(excerptOf('word '.repeat(200))).toMatch(/^(?:word )+word…$/);
    expect(excerptOf('😀'.repeat(300))).toBe(`${'😀'.repeat(199)}…`);
  });
});
