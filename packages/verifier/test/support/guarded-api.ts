import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { withToken } from '../../src/adapters/node.ts';
import { createVerifier } from '../../src/index.ts';

/** An API on loopback that takes tokens bound to a key alone, with nonces of its own, and tells whom it saw. */
export interface GuardedApi extends AsyncDisposable {
  readonly origin: string;
  /** Codes of what it refused. */
  readonly refused: readonly string[];
}

export async function startGuardedApi(issuer: string, audience: string): Promise<GuardedApi> {
  const dpop = { required: true, nonceSecret: crypto.getRandomValues(new Uint8Array(32)) };
  const verifier = createVerifier({ issuer, audience, revocation: 'none', dpop });
  const refused: string[] = [];
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const origin = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const options = { ownOrigin: origin, onRefused: ({ code }: { readonly code: string }) => void refused.push(code) };
  listener.on(
    'request',
    withToken(verifier, (_request, response, { subject }) => response.end(subject), options),
  );
  return {
    origin,
    refused,
    [Symbol.asyncDispose]: async () => {
      listener.closeAllConnections();
      listener.close();
      await once(listener, 'close');
      await verifier.close();
    },
  };
}
