/** What docs/frameworks.md has, in applications that can be asked; Fastify's is beside this. */
import { getRequestListener } from '@hono/node-server';
import express, { type Response } from 'express';
import { Hono } from 'hono';
import { csrf } from 'hono/csrf';
import type { HttpBindings } from '@hono/node-server';
import { createLatchkey, readSettings, type Latchkey, type User } from 'latchkey';
import { honoSession, type LatchkeyVariables } from 'latchkey/hono';
import { expressSession, latchkeyRoutes, type ExpressRequest } from 'latchkey/node';
import { listen, type Listening } from './listen.ts';

const notesOf = (id: string) => [`a note of ${id}`];
const notesPage = ({ email }: User) => `<!doctype html><title>Notes of ${email}</title>`;

export async function begin(environment: NodeJS.ProcessEnv): Promise<Latchkey> {
  const process = { env: environment };
  const settings = readSettings(process.env, { PORT: 4410 });
  const latchkey = await createLatchkey(settings);
  return latchkey;
}

export async function onExpress(latchkey: Latchkey): Promise<Listening> {
  const app = express();
  app.use('/notes', expressSession(latchkey));
  app.get('/notes', (request: ExpressRequest, response: Response) => {
    const user = request.latchkey?.user;
    response.set('Cache-Control', 'no-store');
    if (user === undefined) response.status(401).json({ error: 'not_signed_in' });
    else response.json(notesOf(user.id));
  });

  app.use(latchkeyRoutes(latchkey));
  return listen((request, response) => void app(request, response));
}

export async function onHono(latchkey: Latchkey): Promise<Listening> {
  const app = new Hono<{ Bindings: HttpBindings; Variables: LatchkeyVariables }>();
  app.use('/notes', csrf(), honoSession(latchkey));
  app.get('/notes', (c) => {
    const user = c.var.latchkey?.user;
    c.header('Cache-Control', 'no-store');
    return user === undefined ? c.redirect('/sign-in?next=%2Fnotes', 303) : c.html(notesPage(user));
  });
  app.all('*', (c) => latchkey.fetch(c.req.raw, c.env));
  const answer = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
  });
  return listen((request, response) => void answer(request, response));
}
