import { expect, test } from 'vitest';
import { attributes, html, joined } from './markup.ts';

test('text is escaped, markup is kept', () => {
  const inner = html`<b>${'<i>"\'&'}</b>`;
  expect(html`<p title="${'"><script>'}">${inner}</p>`.toString()).toBe(
    '<p title="&quot;&gt;&lt;script&gt;"><b>&lt;i&gt;&quot;&#39;&amp;</b></p>',
  );
});

test('what is absent prints nothing', () => {
  expect(html`[${null}${undefined}${false}${[]}]${0}`.toString()).toBe('[]0');
});

test('attributes are quoted, bare or left out', () => {
  const values = { id: 'a', checked: true, required: false, title: undefined, value: '" onclick="x', minlength: 8 };
  expect(html`<input${attributes(values)}>`.toString()).toBe(
    '<input id="a" checked value="&quot; onclick=&quot;x" minlength="8">',
  );
});

test('joins with a separator between only', () => {
  expect(html`${joined(['a', html`<b>b</b>`, 'c'], ' & ')}`.toString()).toBe('a &amp; <b>b</b> &amp; c');
});
