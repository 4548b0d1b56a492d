import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Something that listens, at a free port of this machine. */
export interface Listening extends AsyncDisposable {
  readonly origin: string;
}

export async function listen(listener: RequestListener): Promise<Listening> {
  return listening(createServer(listener).listen(0, '127.0.0.1'));
}

export async function listening(server: Server): Promise<Listening> {
  if (!server.listening) await once(server, 'listening');
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
