import { createServer } from 'node:http';
import type { Verifier } from '@latchkey/verifier';
import { withToken } from '@latchkey/verifier/node';
import { listening } from './listen.ts';

/** As both READMEs have it. */
export async function oneRoute(verifier: Verifier) {
  const port = 0;
  const server = createServer(withToken(verifier, (request, response, token) => response.end(token.subject))).listen(
    port,
  );
  return listening(server);
}
