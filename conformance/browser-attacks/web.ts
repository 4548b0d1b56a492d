/** One listener for all the names under `.test`, over https with a certificate that Chromium is told to accept. */
import { createHash, X509Certificate } from 'node:crypto';
import { createServer, request as httpsRequest } from 'node:https';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { selfSignedCertificate } from '../support/self-signed-certificate.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface OutsideRequest {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface Web extends AsyncDisposable {
  readonly port: number;
  /** Of the certificate's public key, as Chromium's switch wants it. */
  readonly spki: string;
  origin(host: string): string;
  /** A request of another program than the browser: no cookie jar, no rules of browsers. */
  outside(url: string, request?: OutsideRequest): Promise<Answer>;
  serve(handler: Handler): void;
}

export async function startWeb(): Promise<Web> {
  const certificate = selfSignedCertificate();
  let handle: Handler = (_request, response) => response.writeHead(503).end();
  const listener = createServer(certificate, (request, response) => {
    Promise.resolve(handle(request, response)).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const { publicKey } = new X509Certificate(certificate.cert);
  return {
    port,
    spki: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64'),
    origin: (host) => `https://${host}:${port}`,
    outside: (url, request) => ask(new URL(url), port, certificate.cert, request),
    serve: (handler) => {
      handle = handler;
    },
    async [Symbol.asyncDispose]() {
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

function ask(
  url: URL,
  port: number,
  ca: string,
  { method = 'GET', headers = {}, body }: OutsideRequest = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = httpsRequest({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      ca,
      method,
      path: url.pathname + url.search,
      headers: { 'User-Agent': 'another-program/1.0', ...headers, Host: url.host },
      agent: false,
    });
    asked.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.once('error', reject);
    asked.end(body);
  });
}
