import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';

/** Forms are sent by scripts alone. */
const POLICY = "default-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const pathOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** The React page: by Vite while it is written, and in production as `npm run build` left it. */
export async function servePage(app: Express, server: Server): Promise<{ close(): Promise<void> }> {
  if (process.env['NODE_ENV'] === 'production') {
    app.get('/', (_request, response) => {
      response.set('Content-Security-Policy', POLICY);
      response.set('X-Content-Type-Options', 'nosniff');
      response.sendFile(pathOf('dist/index.html'));
    });
    app.use('/page', express.static(pathOf('dist')));
    return { close: async () => {} };
  }
  const { createServer } = await import('vite');
  const vite = await createServer({
    configFile: pathOf('vite.config.ts'),
    root: pathOf('page'),
    appType: 'custom',
    server: { middlewareMode: true, ws: { server } },
  });
  app.get('/', async (_request, response) => {
    const page = await readFile(pathOf('page/index.html'), 'utf8');
    response.type('html').send(await vite.transformIndexHtml('/', page));
  });
  app.use('/page', vite.middlewares);
  return { close: () => vite.close() };
}
