import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSignedCertificate } from './self-signed-certificate.ts';

/** RFC 5737: an address of documentation. */
const clientAddress = '203.0.113.7';

/** What stands in front of the server in production: ends TLS, and says for whom it asks. */
export interface TlsProxy {
  /** `https://localhost:PORT`, known before there is a server behind it. */
  readonly origin: string;
  /** Port of the server on 127.0.0.1 that requests go to from now on. */
  forwardTo(port: number): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Its certificate is trusted by nobody: open pages with `ignoreHTTPSErrors`. It tells the server that whoever asks has
 * the address 203.0.113.7, for on one machine the proxy's own would be no other.
 */
export async function startTlsProxy(): Promise<TlsProxy> {
  let serverPort: number | undefined;
  const proxy = createServer(selfSignedCertificate(), (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const forwarded = request({
      host: '127.0.0.1',
      port: serverPort,
      method,
      path: url,
      headers: { ...headers, 'x-forwarded-for': clientAddress, 'x-forwarded-proto': 'https' },
    });
    forwarded.once('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    forwarded.once('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    origin: `https://localhost:${(proxy.address() as AddressInfo).port}`,
    forwardTo: (port) => {
      serverPort = port;
    },
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
