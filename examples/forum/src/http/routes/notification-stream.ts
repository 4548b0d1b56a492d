import type { AuthorId, Viewer } from '../../domain/types.ts';
import { countUnread } from '../../operations/index.ts';
import type { App, AppContext } from '../environment.ts';
import { HttpProblem } from '../http-problem.ts';
import { requireViewer } from '../submit.ts';

const HEARTBEAT_MS = 15_000;
/** Then the page connects anew, and its session's cookie is renewed. */
const LIFETIME_MS = 20 * 60_000;
const MAX_STREAMS = 5;
const RETRY_AFTER_SECONDS = 30;
/** Whoever reads so slowly that this much waits is cut off. */
const MAX_QUEUED_BYTES = 4096;

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  // nginx, and others that learned it there, would hold messages back.
  'X-Accel-Buffering': 'no',
};

/** `GET /notifications/stream`: the event `unread` with the number, now and whenever it changes. */
export function mountNotificationStream(app: App, stopping: AbortSignal): void {
  const open = new Map<AuthorId, number>();
  app.get('/notifications/stream', (c) => {
    const viewer = requireViewer(c);
    if (c.req.method === 'HEAD') return c.body(null, 200, HEADERS);
    if (stopping.aborted) return c.body(null, 204);
    const count = open.get(viewer.id) ?? 0;
    if (count >= MAX_STREAMS) throw new HttpProblem('too_many_streams', { retryAfterSeconds: RETRY_AFTER_SECONDS });
    open.set(viewer.id, count + 1);
    const ended = (): void => {
      const left = (open.get(viewer.id) ?? 1) - 1;
      if (left === 0) open.delete(viewer.id);
      else open.set(viewer.id, left);
    };
    return c.body(unreadStream(c, viewer, stopping, ended), 200, HEADERS);
  });
}

function unreadStream(
  c: AppContext,
  viewer: Viewer,
  stopping: AbortSignal,
  ended: () => void,
): ReadableStream<Uint8Array> {
  const { context, accounts, log } = c.var;
  const encoder = new TextEncoder();
  const over = new AbortController();
  const end = AbortSignal.any([over.signal, stopping]);
  let told: number | undefined;
  /** One check at a time: what rings meanwhile is told by the one that follows. */
  let isChecking = false;
  let hasRung = false;

  const tell = async (controller: ReadableStreamDefaultController<Uint8Array>, isHeartbeat: boolean): Promise<void> => {
    hasRung = true;
    if (isChecking) return;
    isChecking = true;
    let isDue = isHeartbeat;
    while (hasRung && !end.aborted) {
      hasRung = false;
      // Before each message: who was banned or has signed out since hears nothing more.
      if (!(await accounts.isStillViewer(c)) || (controller.desiredSize ?? 0) <= 0) over.abort();
      if (end.aborted) break;
      const unread = countUnread(context, viewer.id);
      if (unread !== told) controller.enqueue(encoder.encode(`event: unread\ndata: ${unread}\n\n`));
      else if (isDue) controller.enqueue(encoder.encode(': still here\n\n'));
      isDue = false;
      told = unread;
    }
    isChecking = false;
  };

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const check = (isHeartbeat: boolean): void => {
          tell(controller, isHeartbeat).catch((error: unknown) => {
            log.error({ err: error }, 'an event stream failed');
            over.abort();
          });
        };
        const unsubscribe = context.bell.subscribe(viewer.id, () => check(false));
        const heartbeat = setInterval(() => check(true), HEARTBEAT_MS);
        const lifetime = setTimeout(() => over.abort(), LIFETIME_MS);
        end.addEventListener('abort', () => {
          unsubscribe();
          clearInterval(heartbeat);
          clearTimeout(lifetime);
          ended();
          // A reader that has gone has closed it.
          if (controller.desiredSize !== null) close(controller);
        });
        // `identify` has just verified the viewer; the head of the answer goes out with this.
        told = countUnread(context, viewer.id);
        controller.enqueue(encoder.encode(`event: unread\ndata: ${told}\n\n`));
      },
      cancel: () => over.abort(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: MAX_QUEUED_BYTES }),
  );
}

function close(controller: ReadableStreamDefaultController<Uint8Array>): void {
  try {
    controller.close();
  } catch {
    // It was cancelled in this very moment.
  }
}
