import type { BrowserContext } from 'playwright-core';

/** Fetched when somebody begins to type a new password; a stream that lasts as long as its page; told while leaving it. */
const LEFT_ALONE = /\/assets\/strength-(?:rules|words)\.js\?|\/notifications\/(?:stream|read)(?:\?|$)/;

/**
 * Collects what goes wrong in a context's pages, from their first request on: errors and warnings on the console
 * (violations of the Content-Security-Policy among them), uncaught errors, and requests that fail.
 * @returns a function that lists them. An error page that somebody went to is none of them.
 */
export function watchPages(context: BrowserContext): () => string[] {
  const errorPages = new Set<string>();
  const seen: { readonly url: string; readonly text: string }[] = [];
  context.on('response', (response) => {
    if (response.status() >= 400 && response.request().isNavigationRequest()) errorPages.add(response.url());
  });
  context.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type())) {
      seen.push({ url: message.location().url, text: message.text() });
    }
  });
  context.on('weberror', (error) => seen.push({ url: error.page()?.url() ?? '', text: String(error.error()) }));
  context.on('requestfailed', (request) => {
    const errorText = request.failure()?.errorText ?? 'unknown';
    // Whoever goes on to the next page lets be what is only for this one's comfort.
    const isLeft = errorText === 'net::ERR_ABORTED' && LEFT_ALONE.test(request.url());
    if (!isLeft) seen.push({ url: request.url(), text: `request failed: ${errorText}` });
  });
  // A tab that stays open while accounts cannot be reached, or the server stops, is told to come back later.
  const isLater = ({ url, text }: (typeof seen)[number]) =>
    /\/notifications\/stream(?:\?|$)/.test(url) && text.includes('a status of 503');
  const isErrorPage = ({ url, text }: (typeof seen)[number]) =>
    errorPages.has(url) && text.startsWith('Failed to load resource: the server responded with a status');
  return () => seen.filter((fault) => !isErrorPage(fault) && !isLater(fault)).map(({ url, text }) => `${url}: ${text}`);
}
