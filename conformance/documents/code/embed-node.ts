import { createServer } from 'node:http';
import { createLatchkey, readSettings } from 'latchkey';
import { nodeSession } from 'latchkey/node';
import { listening } from './listen.ts';

/** As the README has it. */
export async function embed(env: NodeJS.ProcessEnv) {
  const process = { env };
  const port = 0;
  const latchkey = await createLatchkey(readSettings(process.env));
  // oxlint-disable-next-line typescript/no-misused-promises -- a fault ends a program as short as this
  const server = createServer(async (request, response) => {
    const session = await nodeSession(latchkey, request, response);
    response.end(session ? `Hello ${session.user.email}` : 'Hello stranger');
  }).listen(port);
  return { latchkey, listening: await listening(server) };
}
