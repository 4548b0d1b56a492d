import { REVOCATIONS_SCOPE, ROUTES, type RevocationPage } from '@latchkey/protocol';
import { revocationPageResponse } from '@latchkey/protocol/schemas';
import { parseCursor, type RevocationCursor } from '../../domain/revocation/cursor.ts';
import { elapsedMs, monotonicNow, readRevocationPage, toWireRevocation } from '../../operations/revocation-page.ts';
import { ApiError, invalidMembers } from '../api-error.ts';
import { requireClient } from '../client-authentication.ts';
import { documented } from '../documentation.ts';
import type { App, AppContext, HttpDependencies } from '../environment.ts';
import { eventStream } from '../event-stream.ts';

const RETRY_AFTER_SECONDS = 5;
const MAX_EPOCH_LENGTH = 64;

interface FeedQuery {
  readonly epoch: string;
  readonly after: RevocationCursor;
}

export function mountRevocations(app: App, dependencies: HttpDependencies): void {
  app.get(
    ROUTES.revocations,
    documented({
      tag: 'Revocation',
      summary: 'What was revoked since',
      description:
        'The revocation log behind a cursor: `epoch` and `after` are those of the snapshot or page before. With `Accept: text/event-stream` a stream of such pages, one at least each second; otherwise one page. For clients with the scope `revocations:read`, by HTTP Basic.',
      answers: {
        200: { description: 'A page, or a stream of pages', schema: revocationPageResponse },
      },
      oauthErrors: ['invalid_client', 'insufficient_scope'],
      errors: ['invalid_request', 'revocations_gone', 'temporarily_unavailable'],
    }),
    async (c) => {
      // Before anything else: what a page proves counts from the request's arrival.
      const arrivedAtMs = monotonicNow();
      const client = await requireClient(c, dependencies, { scope: REVOCATIONS_SCOPE });
      return wantsStream(c)
        ? answerStream(c, dependencies, {
            ...readQuery(c, c.req.header('Last-Event-ID')),
            arrivedAtMs,
            clientId: client.id,
          })
        : answerPage(c, dependencies, readQuery(c), arrivedAtMs);
    },
  );
}

/** A HEAD request gets the headers of a page: nobody would read the stream. */
function wantsStream(c: AppContext): boolean {
  return c.req.raw.method === 'GET' && (c.req.header('Accept') ?? '').includes('text/event-stream');
}

async function answerPage(
  c: AppContext,
  { operations }: HttpDependencies,
  { epoch, after }: FeedQuery,
  arrivedAtMs: number,
): Promise<Response> {
  const page = await readRevocationPage(operations, epoch, after);
  if (page === 'gone') throw new ApiError('revocations_gone');
  const body: RevocationPage = {
    ...page.members,
    elapsed_ms: elapsedMs(page, arrivedAtMs),
    events: page.events.map(toWireRevocation),
  };
  c.header('Cache-Control', 'no-store');
  return c.json(body);
}

async function answerStream(
  c: AppContext,
  { feed }: HttpDependencies,
  request: FeedQuery & { readonly arrivedAtMs: number; readonly clientId: string },
): Promise<Response> {
  const opening = await feed.open(request);
  switch (opening.kind) {
    case 'open':
      return eventStream(c, opening.begin, opening.abandon);
    case 'gone':
      throw new ApiError('revocations_gone');
    case 'full':
      throw new ApiError('temporarily_unavailable', { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
}

/** @param lastEventId - Where a browser's EventSource goes on (HTML §9.2.4); it keeps the query of the first time. */
function readQuery(c: AppContext, lastEventId?: string): FeedQuery {
  const epoch = c.req.query('epoch');
  if (epoch === undefined)
    throw invalidMembers({ pointer: '/epoch', detail: 'Take the snapshot first: it names the epoch' });
  if (epoch.length === 0 || epoch.length > MAX_EPOCH_LENGTH) {
    throw invalidMembers({ pointer: '/epoch', detail: 'Not an epoch' });
  }
  const cursor = lastEventId ?? c.req.query('after');
  if (cursor === undefined)
    throw invalidMembers({ pointer: '/after', detail: 'Take the snapshot first: it has a cursor' });
  const after = parseCursor(cursor);
  if (after === undefined) throw invalidMembers({ pointer: '/after', detail: 'Not a cursor' });
  return { epoch, after };
}
