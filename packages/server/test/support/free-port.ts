import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which systems choose the source port of an outgoing connection (32768 and up on Linux, 49152 on
// others). Else a client that tries again while the server is down could be given the server's port, and so take it
// away, or even connect to itself.
const lowestPort = 20_000;
const highestPort = 32_767;
const attempts = 100;

/** A port on 127.0.0.1 that nobody listens on, chosen at random, so that two runs that ask at once hardly ever meet. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = randomInt(lowestPort, highestPort + 1);
    if (await canListen(port)) return port;
  }
  throw new Error(`No free port between ${lowestPort} and ${highestPort}.`);
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
