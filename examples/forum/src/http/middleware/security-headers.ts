import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

const SELF = "'self'";
const NONE = "'none'";
const TWO_YEARS = 'max-age=63072000; includeSubDomains';

/**
 * What every answer carries, errors too: no inline script or style, nothing from elsewhere, no framing.
 *
 * @param issuer - Where signing in leads: browsers that follow a form's redirects by `form-action` must find it there.
 */
export function securityHeaders(ownOrigin: string, issuer: string): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: [NONE],
      scriptSrc: [SELF],
      styleSrc: [SELF],
      imgSrc: [SELF, 'data:'],
      connectSrc: [SELF],
      formAction: [SELF, new URL(issuer).origin],
      frameAncestors: [NONE],
      baseUri: [NONE],
    },
    xFrameOptions: 'DENY',
    // `no-referrer` would have the browser send `Origin: null` with our own forms.
    referrerPolicy: 'same-origin',
    strictTransportSecurity: ownOrigin.startsWith('https:') ? TWO_YEARS : false,
    permissionsPolicy: { camera: [], geolocation: [], microphone: [] },
  });
}
