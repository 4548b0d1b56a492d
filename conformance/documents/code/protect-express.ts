import express, { type Request, type Response } from 'express';
import { createVerifier, protectedResource, type Verifier } from '@latchkey/verifier';
import { requireToken, resourceMetadata, tokenOf } from '@latchkey/verifier/node';
import { listen } from './listen.ts';

const issuer = 'http://localhost:4400';
const audience = 'http://localhost:4401';

/** As the README has it. */
export async function oneRoute(verifier: Verifier) {
  const app = express();
  app.get('/me', requireToken(verifier), (request, response) => response.json({ user: tokenOf(request).subject }));
  return listen(app);
}

/** As the verifier's README has it. */
export async function allRoutes(verifier: Verifier) {
  const app = express();
  const createNote = (_request: Request, response: Response) => response.sendStatus(201);
  app.use(requireToken(verifier));
  app.get('/me', (request, response) => response.json({ subject: tokenOf(request).subject }));
  app.post('/notes', requireToken(verifier, { scope: 'notes:write' }), createNote);
  return listen(app);
}

export async function thatDescribesItself(verifier: Verifier) {
  const app = express();
  const resource = protectedResource({ issuer, audience }, { scopes: ['notes:read'] });
  app.get(resource.metadataPath, resourceMetadata(resource)); // of every adapter
  app.use(requireToken(verifier, { resource }));
  return listen(app);
}

export async function withExactRoutes(verifier: Verifier, token: string) {
  const app = express();
  const transfer = (_request: Request, response: Response) => response.sendStatus(202);
  app.post('/transfers', requireToken(verifier, { check: 'introspect' }), transfer);
  await verifier.verify(token, { whenStale: 'closed' });
  return listen(app);
}

export async function withKeyBoundTokens(verifier: Verifier) {
  const app = express();
  app.use(requireToken(verifier, { ownOrigin: 'https://api.example.com' }));
  app.get('/me', (request, response) => response.json({ subject: tokenOf(request).subject }));
  return listen(app);
}

export async function byCookie(verifier: Verifier) {
  const app = express();
  app.use(requireToken(verifier, { cookie: '__Host-Http-latchkey-token' }));
  app.get('/me', (request, response) => response.json({ subject: tokenOf(request).subject }));
  return listen(app);
}

/** What a client signed, at an API that takes it. */
export async function byAClientsOwnToken(
  client: { readonly id: string; readonly secret: string },
  jwt: string,
  told: (text: string) => void,
) {
  const console = { log: (...words: readonly unknown[]) => told(words.join(' ')) };
  const verifier = createVerifier({ issuer, audience, client, clientTokens: true });
  await verifier.ready();
  const token = await verifier.verify(jwt);
  if (token.kind === 'client') console.log(token.clientId, token.scopes);
  await verifier.close();
}

/** Tells what is revoked, from now on. */
export function watchRevocations(
  verifier: Verifier,
  closeStreamsOf: (sid: string) => void,
  askWhetherStillThere: (sub: string) => void,
): () => void {
  const stop = verifier.onRevoked(({ kind, key }) => {
    if (kind === 'session') closeStreamsOf(key); // the `sid` of tokens
    if (kind === 'subject') askWhetherStillThere(key); // their `sub`: signed out everywhere, banned, deleted, another role …
  });
  return stop;
}
