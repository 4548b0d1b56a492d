import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const JAVASCRIPT = 'text/javascript; charset=utf-8';

/** Each with its type, and where it is where that is not in our own folder. */
const SOURCES = {
  'latchkey.css': { contentType: 'text/css; charset=utf-8' },
  'latchkey.js': { contentType: JAVASCRIPT },
  'password-strength.js': { contentType: JAVASCRIPT },
  'strength-rules.js': { contentType: JAVASCRIPT, file: forBrowsers(import.meta.resolve('@zxcvbn-ts/core')) },
  'strength-words.js': {
    contentType: JAVASCRIPT,
    file: forBrowsers(import.meta.resolve('@zxcvbn-ts/language-common')),
  },
  'icon.svg': { contentType: 'image/svg+xml' },
} as const;

/** The script that the package has for browsers, beside its module. */
function forBrowsers(moduleUrl: string): URL {
  return new URL('zxcvbn-ts.js', moduleUrl);
}

export type AssetName = keyof typeof SOURCES;

/** A static file of the pages. Under its `url` it never changes, so it may be served as immutable. */
export interface Asset {
  readonly name: AssetName;
  /** Path of the route, without the query: `/assets/latchkey.css`. */
  readonly path: string;
  /** Path with the content's hash as `?v=…`: what the pages link to. */
  readonly url: string;
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** First 16 characters of the content's SHA-256 in base64url. */
  readonly hash: string;
  /** Strong entity tag (RFC 9110 §8.8.3), in its quotes. */
  readonly etag: string;
}

function readAsset(name: AssetName): Asset {
  const source: { readonly contentType: string; readonly file?: URL } = SOURCES[name];
  const { contentType, file = new URL(`./assets/${name}`, import.meta.url) } = source;
  const body = new Uint8Array(readFileSync(file));
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 16);
  const path = `/assets/${name}`;
  return { name, path, url: `${path}?v=${hash}`, contentType, body, hash, etag: `"${hash}"` };
}

/** All static files, read once when the module loads. */
export const ASSETS: readonly Asset[] = (Object.keys(SOURCES) as AssetName[]).map(readAsset);

const URLS: ReadonlyMap<AssetName, string> = new Map(ASSETS.map((asset) => [asset.name, asset.url]));

/** The hashed URL of a static file. */
export function assetUrl(name: AssetName): string {
  const url = URLS.get(name);
  if (url === undefined) throw new TypeError(`There is no asset ${name}`);
  return url;
}
