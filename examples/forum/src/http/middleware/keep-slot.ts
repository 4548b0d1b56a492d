import { createMiddleware } from 'hono/factory';
import { addressInSlot, pageInSlot, SLOT_PARAMETER } from '../../pages/slot-address.ts';
import type { AppContext, AppEnvironment } from '../environment.ts';
import { HttpProblem } from '../http-problem.ts';

/** In `/sign-in?slot=new`: one that is free. */
const ANY_FREE = 'new';

/**
 * Keeps to the account that the address names, as `?slot=N`: all that the page leads to here is in the same slot, but for
 * what names one itself. Pages work without a script, so it cannot be a script's task.
 */
export function keepSlot() {
  return createMiddleware<AppEnvironment>(async (c, next) => {
    const slot = slotInAddress(c);
    c.set('slot', slot);
    await next();
    if (slot === undefined) return;
    const location = c.res.headers.get('Location');
    if (location !== null) c.res.headers.set('Location', addressInSlot(location, slot));
    if (c.res.headers.get('Content-Type')?.startsWith('text/html') === true) {
      c.res = new Response(pageInSlot(await c.res.text(), slot), c.res);
    }
  });
}

/** Undefined for the first account of a browser, which has no number: no parameter, or an empty one. */
function slotInAddress(c: AppContext): number | undefined {
  const [text = '', ...others] = c.req.queries(SLOT_PARAMETER) ?? [];
  if (others.length === 0) {
    if (text === '' || (text === ANY_FREE && c.req.path === '/sign-in')) return undefined;
    if (/^\d$/.test(text)) return Number(text);
  }
  throw new HttpProblem('bad_request', {
    detail: 'The address names no account that a browser can have: slots are 0 to 9.',
  });
}
