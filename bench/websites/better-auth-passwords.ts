import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';

/** What a website with Better Auth answers below `/api/auth`, with accounts of its own and the defaults. Keeps all in memory. */
export function betterAuthWithPasswords(origin: string): RequestListener {
  const auth = betterAuth({
    baseURL: origin,
    secret: randomBytes(32).toString('hex'),
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
  const handle = toNodeHandler(auth);
  return (request, response) => void handle(request, response);
}
