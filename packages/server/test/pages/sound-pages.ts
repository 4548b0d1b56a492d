/** What holds for every page, whatever is on it. */
import { describe, expect, test } from 'vitest';
import { ASSETS } from '../../src/pages/assets.ts';

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title></textarea></pre></main><svg onload=alert(1)>',
  '<!-- --!> <![CDATA[ <?php',
  'javascript:alert(1)',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '//evil.example/%0d%0a',
  'https:\\\\evil.example',
];

export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The tags of a page. Enough of a parser, as text and attribute values hold no `<`, `>` or `"` of their own. */
export function tagsOf(page: string): Tag[] {
  return [...page.matchAll(/<(\/?[a-zA-Z!][^\s>]*)([^>]*)>/g)].map(([, name = '', rest = '']) => ({
    name,
    attributes: Object.fromEntries(
      [...rest.matchAll(/\s([^\s=]+)(?:="([^"]*)")?/g)].map(([, key = '', value = '']) => [key, value]),
    ),
  }));
}

/** What a page consists of, without its texts: names of tags and of their attributes. */
const shapeOf = (page: string) => tagsOf(page).map((tag) => [tag.name, ...Object.keys(tag.attributes)].join(' '));

export const elementsOf = (page: string, name: string) => tagsOf(page).filter((tag) => tag.name === name);

/** @param pages - Each with the same text in every member of its model that is text. */
export function describeSoundPages(pages: Readonly<Record<string, (text: string) => string>>): void {
  describe.each(Object.entries(pages))('%s', (_name, render) => {
    const page = render('plain');

    test.each(HOSTILE)('keeps its shape with %j everywhere', (text) => {
      expect(shapeOf(render(text))).toEqual(shapeOf(page));
    });

    test('leads only to this origin, or by http and https', () => {
      for (const text of HOSTILE) {
        const addresses = tagsOf(render(text)).flatMap(({ attributes }) => [
          ...('href' in attributes ? [attributes['href']] : []),
          ...('src' in attributes ? [attributes['src']] : []),
          ...('action' in attributes ? [attributes['action']] : []),
        ]);
        expect(addresses.filter((address) => !/^(?:#|\/(?![/\\])|https?:\/\/)/.test(address ?? ''))).toEqual([]);
      }
    });

    test('holds no inline script and no inline style', () => {
      expect(elementsOf(page, 'style')).toEqual([]);
      const handlers = tagsOf(page).flatMap(({ attributes }) => Object.keys(attributes));
      expect(handlers.filter((key) => key === 'style' || key.startsWith('on'))).toEqual([]);
      const scripts = elementsOf(page, 'script');
      expect(scripts).toHaveLength(1);
      expect(page).toContain(`<script src="${scripts[0]?.attributes['src']}" defer></script>`);
    });

    test('links to the assets by their content', () => {
      const known = new Set(ASSETS.map((asset) => asset.url));
      const used = page.match(/\/assets\/[^"]*/g) ?? [];
      expect(used.length).toBeGreaterThanOrEqual(3);
      expect(used.filter((url) => !known.has(url))).toEqual([]);
    });

    test('has a language, a title, landmarks and one first heading', () => {
      expect(page.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
      expect(page).toMatch(/<title>[^<]+ – Latchkey<\/title>/);
      for (const name of ['main', 'header', 'footer', 'h1']) {
        expect(elementsOf(page.replace(/<article[^]*?<\/article>/g, ''), name), name).toHaveLength(1);
      }
      const meta = elementsOf(page, 'meta').map(({ attributes: a }) => `${a['name']}: ${a['content']}`);
      expect(meta).toContain('viewport: width=device-width, initial-scale=1');
      expect(meta).toContain('color-scheme: light dark');
      expect(meta).toContain('referrer: same-origin');
    });

    test('refers to ids that are there, once', () => {
      const tags = tagsOf(page);
      const ids = tags.flatMap(({ attributes }) => attributes['id'] ?? []);
      expect(new Set(ids).size).toBe(ids.length);
      const references = tags.flatMap(({ attributes: a }) => [
        ...(a['for'] ?? '').split(' '),
        ...(a['aria-describedby'] ?? '').split(' '),
        ...(a['aria-labelledby'] ?? '').split(' '),
        ...(a['href']?.startsWith('#') ? [a['href'].slice(1)] : []),
      ]);
      expect(references.filter((id) => id !== '' && !ids.includes(id))).toEqual([]);
    });

    test('posts forms, and gives every field a label', () => {
      for (const form of elementsOf(page, 'form')) expect(form.attributes['method']).toBe('post');
      const labels = new Set(elementsOf(page, 'label').map(({ attributes }) => attributes['for']));
      const fields = elementsOf(page, 'input').filter(({ attributes: { type = '' } }) => !/hidden|checkbox/.test(type));
      expect(fields.filter(({ attributes }) => !labels.has(attributes['id']))).toEqual([]);
    });

    test('never fills a password in', () => {
      for (const { attributes } of elementsOf(page, 'input')) {
        expect(attributes['type'] === 'password' && 'value' in attributes).toBe(false);
      }
    });
  });
}
