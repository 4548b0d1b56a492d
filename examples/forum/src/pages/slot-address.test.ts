import { describe, expect, test } from 'vitest';
import { addressInSlot, pageInSlot } from './slot-address.ts';

describe('an address in a slot', () => {
  test.each([
    ['/', 1, '/?slot=1'],
    ['/', undefined, '/?slot='],
    ['/questions/4/a-b', 2, '/questions/4/a-b?slot=2'],
    ['/questions/4/a-b?sort=oldest#answer-3', 2, '/questions/4/a-b?sort=oldest&slot=2#answer-3'],
    ['/search?q=a%26slot%3D1', 2, '/search?q=a%26slot%3D1&slot=2'],
    // One that names a slot keeps it.
    ['/?slot=3', 2, '/?slot=3'],
    ['/?slot=', 2, '/?slot='],
    ['/sign-in?next=%2F&slot=new', 2, '/sign-in?next=%2F&slot=new'],
    // What is nobody's.
    ['/assets/style.0123456789abcdef.css', 2, '/assets/style.0123456789abcdef.css'],
    ['/api/questions', 2, '/api/questions'],
    // Elsewhere.
    ['https://example.com/', 2, 'https://example.com/'],
    ['//example.com/', 2, '//example.com/'],
    ['/\\example.com/', 2, '/\\example.com/'],
    ['#answers', 2, '#answers'],
    ['mailto:a@example.com', 2, 'mailto:a@example.com'],
    ['', 2, ''],
  ])('%s in %s', (address, slot, expected) => {
    expect(addressInSlot(address, slot)).toBe(expected);
  });
});

describe('a page in a slot', () => {
  test.each([
    ['<a href="/">', '<a href="/?slot=4">'],
    ['<a class="b" href="/search?q=x">', '<a class="b" href="/search?q=x&amp;slot=4">'],
    ['<form method="post" action="/questions">', '<form method="post" action="/questions?slot=4">'],
    ['<button formaction="/x">', '<button formaction="/x?slot=4">'],
    ['<a href="/notifications" data-live="/s">', '<a href="/notifications?slot=4" data-live="/s?slot=4">'],
    ['<link rel="next" href="/?cursor=a">', '<link rel="next" href="/?cursor=a&amp;slot=4">'],
    ['<link rel="canonical" href="/tags/a">', '<link rel="canonical" href="/tags/a">'],
    // Text that looks like a tag: what people wrote about HTML stays as they wrote it.
    ['<code>&lt;a href="/x"&gt; href="/x"</code>', '<code>&lt;a href="/x"&gt; href="/x"</code>'],
    ['<a href="/?slot=" title="&lt;a href=&quot;/x&quot;">', '<a href="/?slot=" title="&lt;a href=&quot;/x&quot;">'],
    ['<article data-href="/x">', '<article data-href="/x">'],
  ])('%s', (page, expected) => {
    expect(pageInSlot(page, 4)).toBe(expected);
  });
});
