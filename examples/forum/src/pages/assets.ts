import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const SOURCES = {
  'style.css': 'text/css; charset=utf-8',
  'enhance.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

export type AssetName = keyof typeof SOURCES;

/** A static file of the pages. Its content's hash is in its name, so it never changes: it is served as immutable. */
export interface Asset {
  readonly name: AssetName;
  /** `/assets/style.1a2b3c.css`: the route, and what the pages link to. */
  readonly path: string;
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Strong entity tag (RFC 9110 §8.8.3), in its quotes. */
  readonly etag: string;
}

function readAsset(name: AssetName): Asset {
  const body = new Uint8Array(readFileSync(new URL(`./assets/${name}`, import.meta.url)));
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
  const path = `/assets/${name.replace('.', `.${hash}.`)}`;
  return { name, path, contentType: SOURCES[name], body, etag: `"${hash}"` };
}

/** All static files, read once when the module loads. */
export const ASSETS: readonly Asset[] = (Object.keys(SOURCES) as AssetName[]).map(readAsset);

const PATHS: ReadonlyMap<AssetName, string> = new Map(ASSETS.map((asset) => [asset.name, asset.path]));

export function assetPath(name: AssetName): string {
  const path = PATHS.get(name);
  if (path === undefined) throw new TypeError(`There is no asset ${name}`);
  return path;
}
