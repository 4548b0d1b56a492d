import { expect, test } from 'vitest';
import { linkText, webLink } from './link-text.ts';
import { html } from './markup.ts';

const rendered = (text: string) => html`${linkText(text)}`.toString();
const link = (url: string) => `<a href="${url}" rel="noreferrer">${url}</a>`;

test.each([
  ['nothing here', 'nothing here'],
  ['http://localhost:4400/a?token=b', link('http://localhost:4400/a?token=b')],
  ['See https://a.example/b.', `See ${link('https://a.example/b')}.`],
  ['(https://a.example/b), and more', `(${link('https://a.example/b')}), and more`],
  ['https://a.example\nhttps://b.example', `${link('https://a.example')}\n${link('https://b.example')}`],
  ['https://a.example/?a=1&b=2', link('https://a.example/?a=1&amp;b=2')],
  ['https://a.example/"onclick="x', `${link('https://a.example/')}&quot;onclick=&quot;x`],
  ['<https://a.example>', `&lt;${link('https://a.example')}&gt;`],
  ['javascript:alert(1) data:text/html,x ftp://a.example', 'javascript:alert(1) data:text/html,x ftp://a.example'],
  ['https:// and http://[', 'https:// and http://['],
  ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
])('%j', (text, expected) => {
  expect(rendered(text)).toBe(expected);
});

test.each([
  ['https://a.example/', true],
  ['http://localhost:4400', true],
  ['javascript:alert(1)', false],
  [' javascript:alert(1)', false],
  ['java\nscript:alert(1)', false],
  ['data:text/html,x', false],
  ['vbscript:x', false],
  ['file:///etc/passwd', false],
  ['https:evil.example', false],
  ['https:\\\\evil.example', false],
  ['//evil.example', false],
  ['/account', false],
  ['', false],
])('a web link: %j is %s', (text, expected) => {
  expect(webLink(text) !== undefined).toBe(expected);
});
