import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { genericOAuth } from 'better-auth/plugins';

export interface WebsiteOptions {
  /** Of the website itself. */
  readonly origin: string;
  /** Of the OpenID provider. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * What a website with Better Auth answers below `/api/auth`: its users sign in with a provider that it only knows by
 * discovery. Keeps all in memory.
 */
export function betterAuthWebsite({ origin, issuer, clientId, clientSecret }: WebsiteOptions): RequestListener {
  const auth = betterAuth({
    baseURL: origin,
    secret: randomBytes(32).toString('hex'),
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [
      genericOAuth({
        config: [
          {
            providerId: 'latchkey',
            discoveryUrl: `${issuer}/.well-known/openid-configuration`,
            requireIdTokenVerification: true,
            clientId,
            clientSecret,
            authentication: 'basic',
            scopes: ['openid', 'profile', 'email'],
            pkce: true,
          },
        ],
      }),
    ],
  });
  const handle = toNodeHandler(auth);
  return (request, response) => void handle(request, response);
}
