import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedSink } from '../operations/revocation-feed.ts';
import type { AppContext } from './environment.ts';

const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  // nginx, and others that learned it there, would hold messages back.
  'X-Accel-Buffering': 'no',
};

const HIGH_WATER_MARK = 16 * 1024;
const HEAD_CHECK_MS = 1;

/**
 * Answers with an event stream.
 *
 * @param begin - Called once with where messages go, when they may go there; what it returns is called when the
 * reader has gone.
 * @param abandon - Called in its place, where the reader is gone before.
 */
export function eventStream(c: AppContext, begin: (sink: FeedSink) => () => void, abandon: () => void): Response {
  const direct = c.env?.direct;
  return direct === undefined ? streamOf(c, begin) : directStreamOf(c, direct, begin, abandon);
}

const nothing = (): void => {};

/** For any Fetch runtime. */
function streamOf(c: AppContext, begin: (sink: FeedSink) => () => void): Response {
  const encoder = new TextEncoder();
  let hasGone = nothing;
  let drained = Promise.withResolvers<void>();
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_MARK });
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        hasGone = begin({
          get queuedBytes() {
            return Math.max(0, HIGH_WATER_MARK - (controller.desiredSize ?? HIGH_WATER_MARK));
          },
          write: (text) => controller.enqueue(encoder.encode(text)),
          drained: async () => {
            if ((controller.desiredSize ?? 0) <= 0) await drained.promise;
          },
          end: () => controller.close(),
          cutOff: () => controller.error(new Error('The reader is too slow')),
        });
      },
      // There is room again.
      pull: () => {
        drained.resolve();
        drained = Promise.withResolvers();
      },
      cancel: () => {
        hasGone();
        drained.resolve();
      },
    },
    strategy,
  );
  return c.body(body, 200, HEADERS);
}

/**
 * Under our own listener, messages are written to the response of Node: through a stream of the Fetch standard each would cost half
 * as much again. The answer's body only begins and ends it.
 */
function directStreamOf(
  c: AppContext,
  outgoing: ServerResponse,
  begin: (sink: FeedSink) => () => void,
  abandon: () => void,
): Response {
  const beginWhenSent = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    while (!outgoing.headersSent && !outgoing.destroyed) await sleep(HEAD_CHECK_MS);
    // Where something was thrown on the way out, an error was sent in place of the stream.
    if (outgoing.destroyed || outgoing.writableEnded) return abandon();
    const hasGone = begin({
      get queuedBytes() {
        return outgoing.writableLength;
      },
      write: (text) => void outgoing.write(text),
      drained: () => drainedOf(outgoing),
      end: () => controller.close(),
      cutOff: () => outgoing.destroy(),
    });
    outgoing.once('close', hasGone);
    if (outgoing.destroyed) hasGone();
  };
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      void beginWhenSent(controller);
    },
  });
  return c.body(body, 200, HEADERS);
}

async function drainedOf(outgoing: ServerResponse): Promise<void> {
  if (!outgoing.writableNeedDrain || outgoing.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  outgoing.on('drain', resolve).on('close', resolve);
  await promise;
  outgoing.off('drain', resolve).off('close', resolve);
}
