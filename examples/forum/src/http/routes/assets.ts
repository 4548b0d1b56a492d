import { ASSETS } from '../../pages/assets.ts';
import type { App } from '../environment.ts';

/** Their names change with their content, so a browser may keep them for ever. */
export function mountAssets(app: App): void {
  for (const { path, contentType, body, etag } of ASSETS) {
    app.get(path, (c) => {
      c.header('Cache-Control', 'public, max-age=31536000, immutable');
      c.header('ETag', etag);
      const known = c.req.header('If-None-Match')?.split(',') ?? [];
      // RFC 9110 §13.1.2: compared weakly.
      if (known.some((tag) => tag.trim().replace(/^W\//, '') === etag)) return c.body(null, 304);
      c.header('Content-Type', contentType);
      return c.body(body);
    });
  }
}
