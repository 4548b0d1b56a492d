import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { FeedCounts } from '../operations/revocation-feed.ts';

/** What `/metrics` tells, in its own registry: an application that embeds us keeps its own. */
export interface Metrics {
  readonly registry: Pick<Registry, 'metrics' | 'contentType'>;
  readonly requestSeconds: {
    observe(labels: Record<'method' | 'route' | 'status', string | number>, value: number): void;
  };
  readonly signIns: { inc(labels: Record<'outcome', string>): void };
}

/**
 * @param hashQueue - Tells how many password hashes run or wait now.
 * @param feed - Tells what the revocation feed has done.
 */
export function createMetrics(hashQueue: () => number, feed: () => FeedCounts): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  countFeed(registry, feed);
  new Gauge({
    name: 'latchkey_password_hashes_pending',
    help: 'Password hashes that run or wait',
    registers: [registry],
    collect() {
      this.set(hashQueue());
    },
  });
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'latchkey_http_request_duration_seconds',
      help: 'Duration of HTTP requests',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10],
      registers: [registry],
    }),
    signIns: new Counter({
      name: 'latchkey_sign_ins_total',
      help: 'Attempts to sign in, by outcome',
      labelNames: ['outcome'],
      registers: [registry],
    }),
  };
}

/** The feed counts by itself, and is asked whenever the metrics are. */
function countFeed(registry: Registry, feed: () => FeedCounts): void {
  const gauges = {
    latchkey_revocation_streams: ['Streams of the revocation feed that are open', () => feed().streams],
    latchkey_revocation_head: [
      'Place of the newest event of the revocation log that this node knows',
      () => feed().head,
    ],
  } as const;
  const counters = {
    latchkey_revocation_events_sent_total: ['Events written to streams, each reader counted', () => feed().eventsSent],
    latchkey_revocation_readers_cut_off_total: ['Readers that were too slow', () => feed().readersCutOff],
  } as const;
  for (const [name, [help, value]] of Object.entries(gauges)) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  }
  for (const [name, [help, value]] of Object.entries(counters)) {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }
}
