import type { AppContext } from './environment.ts';

/** People's browsers ask for HTML. Our own script and other programs say that they want JSON, or say nothing. */
export function wantsPage(c: AppContext): boolean {
  return !c.req.path.startsWith('/api/') && (c.req.header('Accept') ?? '').includes('text/html');
}
