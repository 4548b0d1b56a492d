import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createVerifier } from '@latchkey/verifier';
import { withToken } from '@latchkey/verifier/node';
import { tokenCookieName } from '@latchkey/protocol';
import { latchkey } from '../support/command-line.ts';
import { selfSignedCertificate } from '../support/self-signed-certificate.ts';
import { startServer } from '../support/server-process.ts';

/** Where the service is, on the server's own origin. */
export const SERVICE_PATH = '/notes';

/** A server and a service beside it, both below one https origin. The service verifies by itself who asks. */
export interface OriginWithService extends AsyncDisposable {
  readonly origin: string;
  readonly server: Awaited<ReturnType<typeof startServer>>;
  /** `Cookie` headers of the requests to the service, in their order. */
  readonly received: string[];
}

export async function startOriginWithService(): Promise<OriginWithService> {
  const received: string[] = [];
  let answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.destroy();
  const front = createServer(selfSignedCertificate(), (request, response) => answer(request, response));
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const origin = `https://localhost:${(front.address() as AddressInfo).port}`;
  const server = await startServer({ settings: { LATCHKEY_ISSUER: origin, LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' } });
  const backend = `http://127.0.0.1:${server.port}`;
  const args = ['clients', 'add', 'notes', '--scope', 'revocations:read introspect', '--audience', origin, '--json'];
  const { stdout } = await latchkey(args, server);
  const { client_id: id, client_secret: secret } = JSON.parse(stdout) as { client_id: string; client_secret: string };
  const verifier = createVerifier({
    issuer: origin,
    audience: origin,
    client: { id, secret },
    // Nobody trusts the certificate: past it, to the same server.
    fetch: (url, init) => fetch(url.replace(origin, backend), init),
  });
  await verifier.ready();
  const guarded = withToken(verifier, (_, response, { subject }) => response.end(subject), {
    cookie: tokenCookieName(true),
  });
  answer = (request, response) => {
    if (request.url !== SERVICE_PATH) return forward(request, response, server.port);
    received.push(request.headers.cookie ?? '');
    return guarded(request, response);
  };
  return {
    origin,
    server,
    received,
    [Symbol.asyncDispose]: async () => {
      await verifier.close();
      front.closeAllConnections();
      front.close();
      await server.close();
    },
  };
}

function forward(request: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url, headers } = request;
  const forwarded = httpRequest({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
  });
  forwarded.once('error', () => response.destroy());
  request.pipe(forwarded);
}
