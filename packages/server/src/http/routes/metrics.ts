import { ROUTES } from '@latchkey/protocol';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

export function mountMetrics(app: App, { metrics }: HttpDependencies): void {
  app.get(
    ROUTES.metrics,
    documented({ tag: 'Operations', summary: 'Metrics for Prometheus', answers: { 200: { description: 'Metrics' } } }),
    async (c) => c.body(await metrics.registry.metrics(), 200, { 'Content-Type': metrics.registry.contentType }),
  );
}
