import { createMiddleware } from 'hono/factory';
import { ROUTES } from '@latchkey/protocol';
import { addressInSlot, isPagePath, pageInSlot, SLOT_PARAMETER } from '../../pages/slot-address.ts';
import { ApiError } from '../api-error.ts';
import { MUST_BE_SLOT, parseSlot } from '../cookies.ts';
import type { AppContext, AppEnvironment } from '../environment.ts';

/** The parameter by which our own pages lead back to the authorization endpoint, with the request as it came. */
export const CONTINUE = 'continue';

/**
 * Keeps to the account that the address of a page names, as `?slot=N`: pages work without a script, which could keep it.
 * All that the page leads to on this origin is in the same slot, but for what names one itself.
 */
export function keepSlot() {
  return createMiddleware<AppEnvironment>(async (c, next) => {
    const slot = slotInAddress(c);
    if (slot === undefined) return next();
    c.set('pageSlot', slot);
    await next();
    const location = c.res.headers.get('Location');
    if (location !== null) c.res.headers.set('Location', addressInSlot(location, slot));
    if (c.res.headers.get('Content-Type')?.startsWith('text/html') === true) {
      c.res = new Response(pageInSlot(await c.res.text(), slot), c.res);
    }
  });
}

function slotInAddress(c: AppContext): number | undefined {
  const { path, method } = c.req;
  if (!isPagePath(path)) return undefined;
  // A client sends its own parameters, and those that are not known are ignored (RFC 6749 §3.1).
  const isClientRequest = method === 'POST' || c.req.query(CONTINUE) === undefined;
  if (path === ROUTES.authorize && isClientRequest) return undefined;
  const [text, ...others] = c.req.queries(SLOT_PARAMETER) ?? [];
  if (text === undefined || (text === '' && others.length === 0)) return undefined;
  const slot = others.length === 0 ? parseSlot(text) : undefined;
  if (slot === undefined) throw new ApiError('invalid_request', { detail: `${SLOT_PARAMETER} ${MUST_BE_SLOT}` });
  return slot;
}
