import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createVerifier } from '@latchkey/verifier';
import { withToken } from '@latchkey/verifier/node';

/** A resource server on another origin than the page, which lets pages of one origin ask it. */
export interface PageApi extends AsyncDisposable {
  readonly origin: string;
  /** The `Authorization` headers that came, in their order. */
  readonly presented: string[];
  /** The next requests are refused, whatever they present. */
  refuse(times: number): void;
}

export async function startPageApi(issuer: string): Promise<PageApi> {
  const presented: string[] = [];
  let refusals = 0;
  const listener = createServer((request, response) => answer(request, response));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const origin = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const verifier = createVerifier({ issuer, audience: origin, revocation: 'none' });
  const guarded = withToken(
    verifier,
    async (request, response, { subject }) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      response.end(`${subject} ${body}`);
    },
    { ownOrigin: origin },
  );

  function answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('Access-Control-Allow-Origin', issuer);
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, DPoP, Content-Type');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    presented.push(request.headers.authorization ?? '');
    if (refusals === 0) return guarded(request, response);
    refusals -= 1;
    response.writeHead(401).end();
  }

  return {
    origin,
    presented,
    refuse: (times) => {
      refusals = times;
    },
    [Symbol.asyncDispose]: async () => {
      listener.closeAllConnections();
      listener.close();
      await once(listener, 'close');
      await verifier.close();
    },
  };
}
