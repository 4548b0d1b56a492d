import { createMiddleware } from 'hono/factory';
import type { AppEnvironment } from '../environment.ts';

/** No inline script or style, nothing from elsewhere, no framing: an injected tag finds nothing to run. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const TWO_YEARS_SECONDS = 63_072_000;

/** Sets the headers that every answer carries, also errors. */
export function securityHeaders(issuer: string) {
  const isHttps = issuer.startsWith('https:');
  return createMiddleware<AppEnvironment>(async (c, next) => {
    await next();
    const headers = c.res.headers;
    headers.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    headers.set('X-Content-Type-Options', 'nosniff');
    headers.set('X-Frame-Options', 'DENY');
    // Links in mails carry one-time tokens in their query: no other site may learn them. With `no-referrer` the
    // browser would send `Origin: null` with our own forms, and the cross-site check would refuse them.
    headers.set('Referrer-Policy', 'same-origin');
    headers.set('Cross-Origin-Opener-Policy', 'same-origin');
    headers.set('Cross-Origin-Resource-Policy', 'same-origin');
    headers.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=()');
    if (isHttps) headers.set('Strict-Transport-Security', `max-age=${TWO_YEARS_SECONDS}; includeSubDomains`);
    // What nobody declared cacheable is not cached: sessions and credentials pass here.
    if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  });
}
