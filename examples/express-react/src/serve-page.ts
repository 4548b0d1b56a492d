import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';

const root = fileURLToPath(new URL('..', import.meta.url));
const POLICY = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The React page: by Vite while it is written, and in production as `npm run build` left it. */
export async function servePage(app: Express, server: Server): Promise<void> {
  if (process.env['NODE_ENV'] === 'production') {
    const setHeaders = (response: { setHeader(name: string, value: string): unknown }): void => {
      response.setHeader('Content-Security-Policy', POLICY);
      response.setHeader('X-Content-Type-Options', 'nosniff');
    };
    app.use(express.static(`${root}/dist`, { setHeaders }));
    return;
  }
  const { createServer } = await import('vite');
  const vite = await createServer({ root, appType: 'custom', server: { middlewareMode: true, hmr: { server } } });
  app.get('/', async (_request, response) => {
    const page = await readFile(`${root}/index.html`, 'utf8');
    response.type('html').send(await vite.transformIndexHtml('/', page));
  });
  app.use(vite.middlewares);
}
