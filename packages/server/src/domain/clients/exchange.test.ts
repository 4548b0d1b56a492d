import { describe, expect, test } from 'vitest';
import type { AccessTokenClaims } from '@latchkey/protocol';
import { TOKEN_EXCHANGE_GRANT, type Client } from './client.ts';
import { exchangedTokenClaims } from './exchange-claims.ts';
import { decideExchange, type ExchangeRequest } from './exchange.ts';

const API = 'https://api.example';
const ORDERS = 'https://orders.example';
const OTHER = 'https://other.example';

const CLIENT: Pick<Client, 'id' | 'authMethod' | 'grants' | 'scopes' | 'audiences'> = {
  id: 'cli_api',
  authMethod: 'client_secret_basic',
  grants: [TOKEN_EXCHANGE_GRANT],
  scopes: ['orders:read', 'orders:write', 'admin', 'revocations:read'],
  audiences: [API, ORDERS],
};
const FORMER = { jti: 'j', kid: 'k', client_id: 'cli_0', cv: 1 };
const exchanged = (length: number) => Array.from({ length }, () => FORMER);
const SUBJECT: AccessTokenClaims = {
  iss: 'https://id.example.com',
  sub: 'usr_1',
  aud: API,
  exp: 2000,
  iat: 1400,
  jti: 'jti-1',
  client_id: 'cli_web',
  scope: 'openid orders:read orders:cancel admin',
  auth_time: 1300,
  amr: ['pwd'],
  acr: 'urn:example:acr',
  roles: ['administrator'],
  sid: 'ses_1',
  sv: 3,
  cv: 4,
  br: '1.0',
};

type Changes = Partial<Record<keyof AccessTokenClaims, unknown>>;
const decide = (request: Partial<ExchangeRequest>, subject: Changes = {}, client: Partial<typeof CLIENT> = {}) => {
  const decision = decideExchange({ ...CLIENT, ...client }, { scope: undefined, audiences: [ORDERS], ...request }, {
    ...SUBJECT,
    ...subject,
  } as AccessTokenClaims);
  if (decision.kind === 'granted') return [decision.audience, decision.scopes.join(' ')];
  return decision.kind === 'invalid_request' ? decision.reason : decision.kind;
};

describe('token exchange (RFC 8693 §2)', () => {
  test.each<[name: string, request: Partial<ExchangeRequest>, expected: string | string[]]>([
    ['gives what both may, and no power over this server', {}, [ORDERS, 'orders:read']],
    ['gives less when asked for less', { scope: '' }, [ORDERS, '']],
    ['gives the same', { scope: 'orders:read orders:read' }, [ORDERS, 'orders:read']],
    ['gives one for the same audience', { audiences: [API] }, [API, 'orders:read']],
    ['takes one audience by two names', { audiences: [API, API] }, [API, 'orders:read']],
    ['refuses what the token does not allow', { scope: 'orders:read orders:write' }, 'invalid_scope'],
    ['refuses what the client may not have', { scope: 'orders:cancel' }, 'invalid_scope'],
    ['refuses identity scopes that the client has not', { scope: 'openid' }, 'invalid_scope'],
    ['refuses power over this server that both have', { scope: 'admin' }, 'invalid_scope'],
    ['refuses what only the client has', { scope: 'revocations:read' }, 'invalid_scope'],
    ['refuses a scope that is none', { scope: 'orders:read  ' }, 'invalid_scope'],
    ['refuses another audience', { audiences: [OTHER] }, 'invalid_target'],
    ['refuses an audience with a slash', { audiences: [`${ORDERS}/`] }, 'invalid_target'],
    ['refuses two audiences', { audiences: [API, ORDERS] }, 'invalid_target'],
    ['refuses one of several that was not named', { audiences: [] }, 'invalid_target'],
  ])('%s', (_name, request, expected) => {
    expect(decide(request)).toEqual(expected);
  });

  test.each<[name: string, subject: Changes, client: Partial<typeof CLIENT>, expected: string | string[]]>([
    ['takes one that is for others as well', { aud: [OTHER, API] }, {}, [ORDERS, 'orders:read']],
    ['takes its own, whoever it is for', { aud: OTHER, client_id: 'cli_api' }, {}, [ORDERS, 'orders:read']],
    ['takes one without scopes', { scope: undefined }, {}, [ORDERS, '']],
    ['takes one that was exchanged four times', { via: exchanged(4) }, {}, [ORDERS, 'orders:read']],
    ['takes a bound one that was sent to it', { cnf: { jkt: 'x' } }, {}, [ORDERS, 'orders:read']],
    ['refuses one for another', { aud: OTHER }, {}, 'not_meant_for_client'],
    ['refuses one for others', { aud: [OTHER, `${API}/`] }, {}, 'not_meant_for_client'],
    ['refuses its own that is bound', { aud: OTHER, client_id: 'cli_api', cnf: { jkt: 'x' } }, {}, 'bound_to_key'],
    ['refuses its own that is bound, and was for it', { client_id: 'cli_api', cnf: { jkt: 'x' } }, {}, 'bound_to_key'],
    ['refuses one of a long chain', { via: exchanged(5) }, {}, 'too_many_exchanges'],
    ['refuses a client that is not registered for it', {}, { grants: ['client_credentials'] }, 'unauthorized_client'],
    ['refuses a public client, however registered', {}, { authMethod: 'none' }, 'unauthorized_client'],
    ['refuses a client without audiences', { client_id: 'cli_api' }, { audiences: [] }, 'invalid_target'],
  ])('%s', (_name, subject, client, expected) => {
    expect(decide({}, subject, client)).toEqual(expected);
  });
});

describe('the claims of an exchanged token (RFC 8693 §4.1)', () => {
  const claims = (client = {}, subject: Partial<AccessTokenClaims> = {}, now = 1_500_000) =>
    exchangedTokenClaims({
      ttlSeconds: 600,
      client: { id: 'cli_api', version: 7, firstParty: false, ...client },
      subject: { kid: 'key-1', claims: { ...SUBJECT, ...subject } },
      audience: ORDERS,
      scopes: ['orders:read'],
      tokenId: 'jti-2',
      now,
    });

  test('are of the same subject, session and sign-in, by another client', () => {
    expect(claims()).toEqual({
      iss: SUBJECT.iss,
      sub: 'usr_1',
      aud: ORDERS,
      exp: 2000,
      iat: 1500,
      jti: 'jti-2',
      client_id: 'cli_api',
      scope: 'orders:read',
      auth_time: 1300,
      amr: ['pwd'],
      acr: 'urn:example:acr',
      sid: 'ses_1',
      sv: 3,
      cv: 7,
      br: '1.0',
      act: { sub: 'cli_api' },
      via: [{ jti: 'jti-1', kid: 'key-1', client_id: 'cli_web', cv: 4 }],
    });
  });

  test('name all who acted, and all tokens, the newest first', () => {
    const { act, via } = claims({}, { act: { sub: 'cli_web', act: { sub: 'cli_0' } }, via: [FORMER] });
    expect(act).toEqual({ sub: 'cli_api', act: { sub: 'cli_web', act: { sub: 'cli_0' } } });
    expect(via?.map(({ jti }) => jti)).toEqual(['jti-1', 'j']);
  });

  test('tell the roles to first-party clients alone, end no later, and are bound to no key', () => {
    expect(claims({ firstParty: true }).roles).toEqual(['administrator']);
    expect(claims({}, {}, 1_300_000).exp).toBe(1900);
    expect(claims({}, { cnf: { jkt: 'x' } })).not.toHaveProperty('cnf');
  });
});
