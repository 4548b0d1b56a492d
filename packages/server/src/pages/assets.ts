import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const ASSET_TYPES = {
  'latchkey.css': 'text/css; charset=utf-8',
  'latchkey.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

export type AssetName = keyof typeof ASSET_TYPES;

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
  const body = new Uint8Array(readFileSync(new URL(`./assets/${name}`, import.meta.url)));
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 16);
  const path = `/assets/${name}`;
  return { name, path, url: `${path}?v=${hash}`, contentType: ASSET_TYPES[name], body, hash, etag: `"${hash}"` };
}

/** All static files, read once when the module loads. */
export const ASSETS: readonly Asset[] = (Object.keys(ASSET_TYPES) as AssetName[]).map(readAsset);

const URLS: ReadonlyMap<AssetName, string> = new Map(ASSETS.map((asset) => [asset.name, asset.url]));

/** The hashed URL of a static file. */
export function assetUrl(name: AssetName): string {
  const url = URLS.get(name);
  if (url === undefined) throw new TypeError(`There is no asset ${name}`);
  return url;
}
