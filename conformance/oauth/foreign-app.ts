import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { latchkey } from '../support/command-line.ts';
import type { ServerProcess } from '../support/server-process.ts';

/** A website on another site than the server: `127.0.0.1` is another one than `localhost`. */
export interface Website extends AsyncDisposable {
  readonly origin: string;
  /** Who answers from now on: known once the website has an address and is registered. */
  serve(listener: RequestListener): void;
}

/** Listens at once; until somebody serves, nothing is found there. */
export async function startWebsite(): Promise<Website> {
  let serving: RequestListener = (_request, response) => {
    response.writeHead(404).end();
  };
  const listener = createServer((request, response) => serving(request, response));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    origin: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    serve: (next) => {
      serving = next;
    },
    [Symbol.asyncDispose]: async () => {
      listener.closeAllConnections();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** Where a client's users may come back to. */
export interface Addresses {
  readonly callback: string;
  readonly signedOut: string;
}

/** A page with a link, and addresses to come back to. */
export interface ForeignApp extends Addresses, AsyncDisposable {
  readonly origin: string;
  /** Where its link leads. */
  linkTo(href: string): void;
}

export async function startForeignApp(): Promise<ForeignApp> {
  let link = '';
  const website = await startWebsite();
  const { origin } = website;
  website.serve((request, response) => {
    const isPage = request.url !== '/favicon.ico';
    response.writeHead(isPage ? 200 : 204, { 'Content-Type': 'text/html; charset=utf-8' });
    const href = link.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    response.end(isPage ? `<!doctype html><title>App</title><h1>App</h1><a href="${href}">Go</a>` : undefined);
  });
  return {
    origin,
    callback: `${origin}/callback`,
    signedOut: `${origin}/signed-out`,
    linkTo: (href) => {
      link = href;
    },
    [Symbol.asyncDispose]: () => website[Symbol.asyncDispose](),
  };
}

export interface Registered {
  readonly client_id: string;
  readonly client_secret: string;
}

/** Registers the app as an operator does. */
export async function register(
  server: ServerProcess,
  app: Addresses,
  name: string,
  more: readonly string[] = [],
): Promise<Registered> {
  const grants = ['--grant', 'authorization_code', '--grant', 'refresh_token'];
  const uris = ['--redirect-uri', app.callback, '--post-logout-redirect-uri', app.signedOut];
  return addClient(server, name, [...grants, ...uris, ...more]);
}

/** Registers any client. */
export async function addClient(server: ServerProcess, name: string, options: readonly string[]): Promise<Registered> {
  const { code, stdout, stderr } = await latchkey(['clients', 'add', name, ...options, '--json'], server);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Registered;
}
