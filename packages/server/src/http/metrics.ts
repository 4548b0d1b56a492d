import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What `/metrics` tells, in its own registry: an application that embeds us keeps its own. */
export interface Metrics {
  readonly registry: Registry;
  readonly requestSeconds: Histogram<'method' | 'route' | 'status'>;
  readonly signIns: Counter<'outcome'>;
}

/** @param hashQueue - Tells how many password hashes run or wait now. */
export function createMetrics(hashQueue: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
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
