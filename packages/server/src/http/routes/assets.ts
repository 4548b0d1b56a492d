import { ASSETS } from '../../pages/assets.ts';
import type { App } from '../environment.ts';
import { matchesEtag } from '../etag.ts';

/** The pages link to each file with its hash, so that a browser may keep it for ever. */
export function mountAssets(app: App): void {
  for (const asset of ASSETS) {
    app.get(asset.path, (c) => {
      const isCurrent = c.req.query('v') === asset.hash;
      c.header('Cache-Control', isCurrent ? 'public, max-age=31536000, immutable' : 'public, max-age=60');
      c.header('ETag', asset.etag);
      if (matchesEtag(c.req.header('If-None-Match'), asset.etag)) return c.body(null, 304);
      return c.body(asset.body, 200, { 'Content-Type': asset.contentType });
    });
  }
}
