import { ROUTES } from '@latchkey/protocol';
import { ApiError } from '../api-error.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

const RETRY_AFTER_SECONDS = 2;

export function mountHealth(app: App, { operations, log }: HttpDependencies): void {
  app.get(
    ROUTES.live,
    documented({ tag: 'Operations', summary: 'The process runs', answers: { 200: { description: 'Alive' } } }),
    (c) => c.json({ status: 'live' }),
  );
  app.get(
    ROUTES.ready,
    documented({
      tag: 'Operations',
      summary: 'The server can answer requests',
      answers: { 200: { description: 'Ready' } },
      errors: ['temporarily_unavailable'],
    }),
    async (c) => {
      try {
        await operations.store.ping();
      } catch (error) {
        log.warn({ err: error }, 'not ready: the database does not answer');
        throw new ApiError('temporarily_unavailable', { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      return c.json({ status: 'ready' });
    },
  );
}
