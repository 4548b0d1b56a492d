import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { latchkey } from '../support/command-line.ts';
import type { ServerProcess } from '../support/server-process.ts';

/** A website on another site than the server: a page with a link, and addresses to come back to. */
export interface ForeignApp extends AsyncDisposable {
  readonly origin: string;
  readonly callback: string;
  readonly signedOut: string;
  /** Where its link leads. */
  linkTo(href: string): void;
}

/** `127.0.0.1` is another site than `localhost`, where the server is. */
export async function startForeignApp(): Promise<ForeignApp> {
  let link = '';
  const listener = createServer((request, response) => {
    const isPage = request.url !== '/favicon.ico';
    response.writeHead(isPage ? 200 : 204, { 'Content-Type': 'text/html; charset=utf-8' });
    const href = link.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    response.end(isPage ? `<!doctype html><title>App</title><h1>App</h1><a href="${href}">Go</a>` : undefined);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const origin = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return {
    origin,
    callback: `${origin}/callback`,
    signedOut: `${origin}/signed-out`,
    linkTo: (href) => {
      link = href;
    },
    [Symbol.asyncDispose]: async () => {
      listener.closeAllConnections();
      listener.close();
      await once(listener, 'close');
    },
  };
}

export interface Registered {
  readonly client_id: string;
  readonly client_secret: string;
}

/** Registers the app as an operator does. */
export async function register(
  server: ServerProcess,
  app: ForeignApp,
  name: string,
  more: readonly string[] = [],
): Promise<Registered> {
  const grants = ['--grant', 'authorization_code', '--grant', 'refresh_token'];
  const uris = ['--redirect-uri', app.callback, '--post-logout-redirect-uri', app.signedOut];
  const { code, stdout, stderr } = await latchkey(
    ['clients', 'add', name, ...grants, ...uris, ...more, '--json'],
    server,
  );
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Registered;
}
