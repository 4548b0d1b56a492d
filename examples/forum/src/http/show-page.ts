import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { countUnread } from '../operations/index.ts';
import type { PageFrame, Visitor } from '../pages/frame.ts';
import { layout } from '../pages/layout.ts';
import { SLOT_PARAMETER } from '../pages/slot-address.ts';
import type { AppContext } from './environment.ts';

/** Answers with a page, as the one who looks sees it: the account of this slot, the others, what is unread. */
export async function showPage(c: AppContext, frame: PageFrame, status: ContentfulStatusCode = 200): Promise<Response> {
  const { viewer, slot, accounts, context } = c.var;
  const visitor: Visitor = {
    viewer,
    slot,
    accounts: await accounts.listAccounts(c),
    unread: viewer === undefined ? 0 : countUnread(context, viewer.id),
    here: here(c),
  };
  // Another account may look at the same address next.
  c.header('Vary', 'Cookie');
  c.header('Cache-Control', visitor.accounts.length === 0 && viewer === undefined ? 'private, no-cache' : 'no-store');
  return c.html(layout(frame, visitor), status);
}

/** The page to come back to: after a form, the start. */
function here(c: AppContext): string {
  if (c.req.method !== 'GET') return '/';
  const url = new URL(c.req.url);
  url.searchParams.delete(SLOT_PARAMETER);
  return url.pathname + url.search;
}
