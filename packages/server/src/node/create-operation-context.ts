import { randomBytes } from 'node:crypto';
import { SECOND_MS } from '../domain/instant.ts';
import type { OneTimeLives } from '../domain/one-time-tokens/token.ts';
import { deriveMasterKeys } from '../domain/secrets/master-keys.ts';
import { rotationPolicy } from '../domain/sessions/decide-refresh.ts';
import type { OperationContext, Policy } from '../operations/context.ts';
import { KeyRing } from '../operations/key-ring.ts';
import { RevocationBell } from '../operations/revocation-bell.ts';
import { SessionCache } from '../operations/session-cache.ts';
import { rotationClock } from '../storage/clock.ts';
import { createAttemptCounter } from '../storage/rate-limits.ts';
import type { Store } from '../storage/store.ts';
import { createBreachList, NO_BREACH_LIST } from './breach-list.ts';
import { createOutboundRequests } from './outbound-requests.ts';
import { createPasswordHasher } from './password-hasher.ts';
import type { Settings } from './settings.ts';

/** The context of all operations, from settings and an open store. */
export function createOperationContext(
  settings: Settings,
  store: Store,
  passwords: OperationContext['passwords'] = createPasswordHasher(),
): OperationContext {
  const clock = Date.now;
  const keys = deriveMasterKeys(settings.secret);
  const rotation = rotationPolicies(settings);
  return {
    store,
    clock,
    rotationClock: rotationClock(store, clock),
    random: (length) => randomBytes(length),
    keys,
    passwords,
    attempts: createAttemptCounter(store),
    breaches: settings.breachUrl === undefined ? NO_BREACH_LIST : createBreachList(settings.breachUrl),
    outbound: createOutboundRequests(settings.outboundNetworks),
    mailTemplates: settings.mailTemplates,
    policy: {
      issuer: settings.issuer,
      session: settings.session,
      rotation,
      signingAlgorithm: settings.signingAlgorithm,
      auditRetentionDays: settings.auditRetentionDays,
      oneTimeLifeMs: oneTimeLives(settings),
      magicLinks: settings.magicLinks,
      sessionTokens: settings.sessionTokens,
      loopbackUnlimited: settings.mode === 'development',
      accessTokens: {
        issuer: settings.issuer,
        ttlSeconds: settings.accessTokenTtlSeconds,
        audiences: settings.audiences,
        scopes: settings.scopes,
      },
    },
    sessions: new SessionCache(keys.sessionMac, rotation),
    keyRing: new KeyRing(store, keys, clock),
    revocationBell: new RevocationBell(),
  };
}

/** A cookie rotates at its own age; a refresh token as soon as the overlap is over. */
function rotationPolicies({ session }: Settings): Policy['rotation'] {
  const overlapMs = session.overlapSeconds * SECOND_MS;
  return {
    cookie: rotationPolicy(overlapMs, session.rotateSeconds * SECOND_MS),
    refresh_token: rotationPolicy(overlapMs, overlapMs),
  };
}

function oneTimeLives({ oneTimeSeconds: seconds }: Settings): OneTimeLives {
  return {
    verify_email: seconds.verify_email * SECOND_MS,
    first_administrator: seconds.first_administrator * SECOND_MS,
    reset_password: seconds.reset_password * SECOND_MS,
    magic_link: seconds.magic_link * SECOND_MS,
    change_email: seconds.change_email * SECOND_MS,
    undo_email_change: seconds.undo_email_change * SECOND_MS,
  };
}
