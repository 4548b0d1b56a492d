import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between two programs that can fail. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection; new ones work. */
  cut(): void;
  /** Connections stay open, and new ones are taken, but no byte passes until `release()`; then all that waited does. */
  stall(): void;
  release(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Forwards to a port on 127.0.0.1. */
export async function startTcpProxy(targetPort: () => number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isStalled = false;
  const join = (from: Socket, to: Socket): void => {
    sockets.add(from);
    if (isStalled) from.pause();
    from.on('data', (bytes) => to.write(bytes));
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer({ allowHalfOpen: true }, (incoming) => {
    const outgoing = connect({ port: targetPort(), host: '127.0.0.1', allowHalfOpen: true });
    join(incoming, outgoing);
    join(outgoing, incoming);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    stall: () => {
      isStalled = true;
      for (const socket of sockets) socket.pause();
    },
    release: () => {
      isStalled = false;
      for (const socket of sockets) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
