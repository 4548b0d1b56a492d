import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSignedCertificate } from './self-signed-certificate.ts';

/** RFC 5737: an address of documentation. */
const clientAddress = '203.0.113.7';

export interface FrontProxyOptions {
  /** Ends TLS, with a certificate that nobody trusts: open pages with `ignoreHTTPSErrors`. */
  readonly tls?: boolean;
  /** Asked once the server has answered: true cuts the connection in place of passing the answer on. */
  readonly shouldDrop?: (incoming: IncomingMessage) => boolean;
}

/**
 * What stands between browser and server. It tells the server that whoever asks has the address 203.0.113.7, for on
 * one machine the proxy's own would be no other.
 */
export interface FrontProxy {
  /** `http://localhost:PORT` or `https://…`, known before there is a server behind it: its issuer. */
  readonly origin: string;
  /** Port of the server on 127.0.0.1 that requests go to from now on. */
  forwardTo(port: number): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startFrontProxy({ tls = false, shouldDrop }: FrontProxyOptions = {}): Promise<FrontProxy> {
  let port: number | undefined;
  const forward = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method, url } = incoming;
    const headers = { ...incoming.headers, 'x-forwarded-for': clientAddress };
    const forwarded = request({ host: '127.0.0.1', port, method, path: url, headers });
    forwarded.once('response', (answer) => {
      if (shouldDrop?.(incoming)) {
        answer.resume();
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    forwarded.once('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  };
  const proxy = tls ? createTlsServer(selfSignedCertificate(), forward) : createServer(forward);
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    origin: `${tls ? 'https' : 'http'}://localhost:${(proxy.address() as AddressInfo).port}`,
    forwardTo: (serverPort) => {
      port = serverPort;
    },
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
