import { getRequestListener } from '@hono/node-server';
import { withToken } from '@latchkey/verifier/fetch';
import { listen } from './listen.ts';
import { verifier } from './verifier.ts';

// As the verifier's README has it: the module of a route.
export const GET = withToken(verifier, (request, token) => Response.json({ subject: token.subject }));

export async function oneRoute() {
  const answer = getRequestListener((request) => GET(request), { overrideGlobalObjects: false });
  return listen((request, response) => void answer(request, response));
}
