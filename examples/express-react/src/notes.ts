import express, { type Request, type Response, type Router } from 'express';
import type { Latchkey, User } from 'latchkey';
import { expressSession, type ExpressRequest } from 'latchkey/node';

/** By the id of their user; a real application has a table. */
const kept = new Map<string, readonly string[]>();

/** An API for who is signed in. Its bodies are JSON, which no form of another site or of a sibling subdomain sends. */
export function notes(latchkey: Latchkey): Router {
  const router = express.Router();
  router.use(expressSession(latchkey));

  router.get(
    '/',
    forUser((user, _request, response) => response.json(kept.get(user.id) ?? [])),
  );

  router.post(
    '/',
    express.json({ limit: '10kb' }),
    forUser((user, request, response) => {
      const { text } = (request.body ?? {}) as { text?: unknown };
      if (typeof text !== 'string' || text === '' || text.length > 200) {
        return response.status(400).json({ error: 'not_a_note' });
      }
      const all = [text, ...(kept.get(user.id) ?? [])].slice(0, 20);
      kept.set(user.id, all);
      return response.status(201).json(all);
    }),
  );
  return router;
}

function forUser(handle: (user: User, request: Request, response: Response) => unknown) {
  return (request: Request & ExpressRequest, response: Response): void => {
    // One user's: no cache keeps it.
    response.set('Cache-Control', 'no-store');
    const user = request.latchkey?.user;
    if (user === undefined) response.status(401).json({ error: 'not_signed_in' });
    else handle(user, request, response);
  };
}
