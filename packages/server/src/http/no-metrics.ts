import type { Metrics } from './metrics.ts';

/** For a process that ends before anybody could ask for its metrics. */
export const NO_METRICS: Metrics = {
  registry: { metrics: async () => '', contentType: 'text/plain; version=0.0.4; charset=utf-8' },
  requestSeconds: { observe: () => {} },
  signIns: { inc: () => {} },
};
