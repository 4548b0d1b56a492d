import { figure, ratioText, type Section } from './harness/report.ts';
import { interleave, samplesOf, type Contender, type Samples } from './harness/rounds.ts';
import { ratioSpread, spreadOf, type Spread } from './harness/spread.ts';
import { startSubject, type Subject } from './harness/start-subject.ts';
import {
  loadTokens,
  postForm,
  type TokenAnswer,
  type TokenLoadResult,
  type TokenTarget,
} from './harness/token-load.ts';
import { proveRotation } from './rotation-subjects/prove-rotation.ts';
import { AUDIENCE, type TokenEndpointOperations } from './token-endpoint-subjects/serve-token-endpoint.ts';

export interface TokenEndpointPlan {
  readonly rounds: number;
  /** Before the first round, for each grant of each server. */
  readonly warmUpMs: number;
  /** Of each round: requests that are not counted, and those that are. */
  readonly rampMs: number;
  readonly windowMs: number;
  /** Clients that ask at once. */
  readonly connections: number;
}

export interface TokenEndpointRow {
  readonly name: string;
  readonly perSecond: Spread;
  /** How many times as many as Latchkey in the same round. */
  readonly ratioToLatchkey: Spread;
  readonly p99Ms: Spread;
  readonly cpuUs: Spread;
  readonly busyShare: Spread;
}

export interface TokenEndpointTable {
  readonly grant: Grant;
  readonly rows: readonly TokenEndpointRow[];
  /** How many times as many by Latchkey as by oidc-provider where it stores durably, too. */
  readonly ratioToDurable: Spread;
}

type Grant = 'client credentials' | 'refresh, a new token each time' | 'refresh, as it comes';

const GRANTS: readonly Grant[] = ['client credentials', 'refresh, a new token each time', 'refresh, as it comes'];
const ROTATING: Grant = 'refresh, a new token each time';

export const LATCHKEY = 'Latchkey';
const DURABLE_PEER = 'oidc-provider, SQLite';

const PEERS = {
  [LATCHKEY]: 'latchkey.ts',
  [DURABLE_PEER]: 'oidc-provider-sqlite.ts',
  'oidc-provider, in memory': 'oidc-provider-memory.ts',
};

const GOAL_RATIO = 1;

interface Server {
  readonly name: string;
  readonly subject: Subject<TokenEndpointOperations>;
  readonly target: Required<TokenTarget>;
}

interface Sample extends TokenLoadResult {
  readonly cpuUsPerRequest: number;
  readonly busyShare: number;
}

/** What tokens cost at the token endpoint, with all that belongs to it: HTTP, the client's secret, a signature. */
export async function measureTokenEndpoint(
  plan: TokenEndpointPlan,
  onProgress: (done: string) => void,
): Promise<TokenEndpointTable[]> {
  onProgress('token endpoint: starting the servers');
  await using subjects = new AsyncDisposableStack();
  const start = async ([name, path]: [string, string], isRotating: boolean): Promise<Server> => {
    const url = new URL(`./token-endpoint-subjects/${path}`, import.meta.url);
    const subject = subjects.use(startSubject<TokenEndpointOperations>(url));
    return { name, subject, target: await subject.ask('open', { isRotating }) };
  };
  const peers = Object.entries(PEERS);
  const usual = await Promise.all(peers.map((peer) => start(peer, false)));
  const rotating = await Promise.all(peers.map((peer) => start(peer, true)));
  const serversOf = (grant: Grant): readonly Server[] => (grant === ROTATING ? rotating : usual);

  const contenders: Contender<Sample>[] = [];
  for (const grant of GRANTS) {
    for (const server of serversOf(grant)) {
      await prove(server, grant);
      await serve(server, grant, { ...plan, windowMs: plan.warmUpMs });
      contenders.push({ name: `${grant}: ${server.name}`, measure: () => serve(server, grant, plan) });
    }
  }
  const samples = await interleave(contenders, plan.rounds, (round) =>
    onProgress(`token endpoint: round ${round} of ${plan.rounds}`),
  );
  return GRANTS.map((grant) => tableOf(grant, samples));
}

const CLIENT_CREDENTIALS = 'grant_type=client_credentials&scope=orders%3Aread';

function refreshForm(token: string): string {
  return `grant_type=refresh_token&refresh_token=${encodeURIComponent(token)}`;
}

/** Throws unless the server gives what is to be measured, and refuses a wrong secret. */
async function prove({ name, subject, target }: Server, grant: Grant): Promise<void> {
  const tokens = grant === 'client credentials' ? [] : await subject.ask('begin', 1);
  const form = tokens[0] === undefined ? CLIENT_CREDENTIALS : refreshForm(tokens[0]);
  const stranger = await postForm({ ...target, authorization: withoutTheEnd(target.authorization) }, form);
  if (stranger.status !== 401) throw new Error(`${name} accepts a wrong secret`);
  if (grant === ROTATING) {
    await proveRotation(name, tokens[0] ?? '', async (presented) => {
      const { status, refreshToken } = await postForm(target, refreshForm(presented));
      return status === 200 ? refreshToken : undefined;
    });
    return;
  }
  for (const answer of [await postForm(target, form), await postForm(target, form)]) requireSigned(name, answer);
}

/** The credentials of a client with one character of its secret less. */
function withoutTheEnd(authorization: string): string {
  const [scheme = '', credentials = ''] = authorization.split(' ');
  return `${scheme} ${Buffer.from(credentials, 'base64').subarray(0, -1).toString('base64')}`;
}

/** RFC 9068 §2: signed by the same algorithm everywhere, for the same resource server. */
function requireSigned(name: string, { status, accessToken = '' }: TokenAnswer): void {
  const [header, claims] = accessToken.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  if (status === 200 && header?.includes('"ES256"') === true && claims?.includes(`"${AUDIENCE}"`) === true) return;
  throw new Error(`${name} answers ${status}, and no access token as it should be`);
}

async function serve({ name, subject, target }: Server, grant: Grant, plan: TokenEndpointPlan): Promise<Sample> {
  const forms = await formsOf(subject, grant, plan.connections);
  const next = ({ status, accessToken, refreshToken }: TokenAnswer, form: string): string => {
    if (status !== 200 || accessToken === undefined) throw new Error(`${name} answers ${status}`);
    if (grant === ROTATING && refreshToken === undefined) throw new Error(`${name} does not rotate`);
    return refreshToken === undefined ? form : refreshForm(refreshToken);
  };
  await subject.ask('usage');
  const load = await loadTokens(target, { forms, next, rampMs: plan.rampMs, windowMs: plan.windowMs });
  const { busyShare, cpuUs } = await subject.ask('usage');
  return { ...load, busyShare, cpuUsPerRequest: cpuUs / load.requests };
}

async function formsOf(subject: Server['subject'], grant: Grant, connections: number): Promise<string[]> {
  if (grant === 'client credentials') return Array.from({ length: connections }, () => CLIENT_CREDENTIALS);
  return (await subject.ask('begin', connections)).map(refreshForm);
}

function tableOf(grant: Grant, samples: Samples<Sample>): TokenEndpointTable {
  const samplesBy = (name: string) => samplesOf(samples, `${grant}: ${name}`);
  const ratesBy = (name: string) => samplesBy(name).map(({ requestsPerSecond }) => requestsPerSecond);
  const rows = Object.keys(PEERS).map((name): TokenEndpointRow => {
    const own = samplesBy(name);
    return {
      name,
      perSecond: spreadOf(ratesBy(name)),
      ratioToLatchkey: ratioSpread(ratesBy(name), ratesBy(LATCHKEY)),
      p99Ms: spreadOf(own.map(({ p99Ms }) => p99Ms)),
      cpuUs: spreadOf(own.map(({ cpuUsPerRequest }) => cpuUsPerRequest)),
      busyShare: spreadOf(own.map(({ busyShare }) => busyShare)),
    };
  });
  return { grant, rows, ratioToDurable: ratioSpread(ratesBy(LATCHKEY), ratesBy(DURABLE_PEER)) };
}

const CAPTIONS: Readonly<Record<Grant, string>> = {
  'client credentials':
    'Client credentials, served over HTTP. Median of the rounds, in brackets the least and the greatest.',
  'refresh, a new token each time': 'Refresh, where each answer has another refresh token.',
  'refresh, as it comes': 'Refresh as each product comes, where a young refresh token stays as it is.',
};

/** The result in words and tables. */
export function describeTokenEndpoint(tables: readonly TokenEndpointTable[], plan: TokenEndpointPlan): Section {
  return {
    title: 'Token endpoint',
    goals: tables.map(({ grant, ratioToDurable }) => ({
      aim: `${grant}: at least ${GOAL_RATIO.toFixed(2)} times as many a second as oidc-provider that stores on SQLite`,
      reached: ratioText(ratioToDurable),
      isMet: ratioToDurable.median >= GOAL_RATIO,
    })),
    tables: tables.map(({ grant, rows }) => ({
      caption: CAPTIONS[grant],
      columns: ['', 'tokens/s', 'times Latchkey', 'p99, ms', 'CPU, µs a token', 'busy'],
      rows: rows.map(({ name, perSecond, ratioToLatchkey, p99Ms, cpuUs, busyShare }) => [
        name,
        figure(perSecond.median),
        ratioText(ratioToLatchkey),
        figure(p99Ms.median),
        figure(cpuUs.median),
        `${Math.round(busyShare.median * 100)} %`,
      ]),
    })),
    method: methodOf(plan),
    notSaid: NOT_SAID,
  };
}

function methodOf({ rounds, windowMs, rampMs, connections }: TokenEndpointPlan): string[] {
  return [
    `Each server in a process of its own with \`NODE_ENV=production\`; ${rounds} rounds, in each every one in turn, for each ` +
      `grant, is asked over ${connections} keep-alive connections for ${rampMs} ms that do not count and ${windowMs} ms that do. ` +
      'The load comes from another process. Ratios are taken within a round.',
    'A confidential client with `client_secret_basic`, one scope, one resource server. Every answer has an access token ' +
      'that is a JWT (ES256, RFC 9068), and none an ID token. Before the rounds each must refuse a wrong secret and ' +
      'give such a token, and where it rotates refuse a refresh token that was used before, and its successors.',
    'Latchkey: the whole server with its own listener, production mode, SQLite file (WAL, `synchronous = full`), log silent, ' +
      'everything else as it comes; strict mode (`LATCHKEY_SESSION_OVERLAP_SECONDS=0`) where each answer has another refresh ' +
      'token. Refresh tokens come of its authorization code flow.',
    'oidc-provider: `provider.callback()` in a `node:http` server, a static client, `clientCredentials` and ' +
      '`resourceIndicators` on with `accessTokenFormat: "jwt"`, which it does not store; `rotateRefreshToken: true` where each ' +
      'answer has another refresh token. New grants for every round.',
    'oidc-provider, in memory: its own adapter, for development, which keeps nothing and is its best case. SQLite: an ' +
      'adapter of prepared statements through `node:sqlite` with the same settings as Latchkey: one statement, and one ' +
      'commit, for each thing it asks the adapter to do.',
  ];
}

const NOT_SAID = [
  'The products do not do the same. Latchkey reads client, session and user from the database for every token, so that ' +
    'what was disabled or revoked gives none; oidc-provider holds its static client in memory, and reads the grant and the ' +
    'refresh token. Latchkey rotates in one transaction; with oidc-provider the old token is marked and the new one ' +
    'stored by two commits.',
  'A commit takes as long as the disk takes to have it; with a slower disk all that commit come nearer to each other.',
  'Nothing of TLS, proxies, PostgreSQL or several processes.',
];
