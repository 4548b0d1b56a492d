import type { App } from '../environment.ts';

/** For whoever watches over the process: it answers. */
export function mountHealth(app: App): void {
  app.get('/health', (c) => {
    c.header('Cache-Control', 'no-store');
    return c.json({ status: 'ok' });
  });
}
