import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ASSETS, assetUrl } from './assets.ts';

/** Without what stands in comments of a library. */
const withoutComments = (source: string) => source.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');

const text = (asset: (typeof ASSETS)[number]) => new TextDecoder().decode(asset.body);

describe.each(ASSETS)('$name', (asset) => {
  test('is addressed by its content', () => {
    const hash = createHash('sha256').update(asset.body).digest('base64url').slice(0, 16);
    expect(asset.path).toBe(`/assets/${asset.name}`);
    expect(asset.url).toBe(`${asset.path}?v=${hash}`);
    expect(asset.etag).toBe(`"${hash}"`);
    expect(assetUrl(asset.name)).toBe(asset.url);
  });

  test('loads nothing from elsewhere', () => {
    const addresses = withoutComments(text(asset)).match(/(?:https?:)?\/\/[\w.-]+\.\w+/g) ?? [];
    expect(addresses.filter((address) => address !== 'http://www.w3.org')).toEqual([]);
    expect(text(asset)).not.toMatch(/@import/);
  });
});

test('content types', () => {
  expect(ASSETS.map(({ name, contentType }) => [name, contentType])).toEqual([
    ['latchkey.css', 'text/css; charset=utf-8'],
    ['latchkey.js', 'text/javascript; charset=utf-8'],
    ['password-strength.js', 'text/javascript; charset=utf-8'],
    ['strength-rules.js', 'text/javascript; charset=utf-8'],
    ['strength-words.js', 'text/javascript; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
  ]);
});
