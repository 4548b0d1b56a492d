/** A user's application with the server inside: says what it answers before anybody has signed in. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLatchkey, defineConfig, readSettings } from 'latchkey';
import { nodeSession } from 'latchkey/node';

const config = defineConfig({ LATCHKEY_DATABASE_URL: 'sqlite:./embedded.db', LATCHKEY_LOG_LEVEL: 'error' });
const latchkey = await createLatchkey(readSettings(process.env, { ...config }));
const server = createServer((request, response) => {
  void Promise.resolve(nodeSession(latchkey, request, response)).then((session) => {
    response.end(session === undefined ? 'nobody' : session.user.email);
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const { port } = server.address() as AddressInfo;
const page = await fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } });
const ready = await latchkey.fetch(new Request('http://localhost:4400/health/ready'));
console.log(JSON.stringify([page.status, await page.text(), ready.status]));
server.close();
await latchkey.close();
