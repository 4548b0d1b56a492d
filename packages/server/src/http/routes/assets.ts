import { gzipSync } from 'node:zlib';
import { ASSETS } from '../../pages/assets.ts';
import type { App } from '../environment.ts';
import { matchesEtag } from '../etag.ts';

/** The pages link to each file with its hash, so that a browser may keep it for ever. */
export function mountAssets(app: App): void {
  for (const asset of ASSETS) {
    let zipped: Uint8Array<ArrayBuffer> | undefined;
    app.get(asset.path, (c) => {
      const isCurrent = c.req.query('v') === asset.hash;
      c.header('Cache-Control', isCurrent ? 'public, max-age=31536000, immutable' : 'public, max-age=60');
      c.header('ETag', asset.etag);
      c.header('Vary', 'Accept-Encoding');
      if (matchesEtag(c.req.header('If-None-Match'), asset.etag)) return c.body(null, 304);
      c.header('Content-Type', asset.contentType);
      if (!acceptsGzip(c.req.header('Accept-Encoding'))) return c.body(asset.body);
      c.header('Content-Encoding', 'gzip');
      return c.body((zipped ??= new Uint8Array(gzipSync(asset.body))));
    });
  }
}

/** Every browser does, and says so plainly; whoever weighs its answers gets the file as it is (RFC 9110 §12.5.3). */
function acceptsGzip(header: string | undefined): boolean {
  return /(?:^|,)\s*gzip\s*(?:,|$)/i.test(header ?? '');
}
