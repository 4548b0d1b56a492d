import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { figure, ratioText, type Goal, type Section, type Table } from './harness/report.ts';
import { interleave, samplesOf, type Contender, type Samples } from './harness/rounds.ts';
import { ratioSpread, spreadOf, type Spread } from './harness/spread.ts';
import { startSubject, type Subject } from './harness/start-subject.ts';
import { temporaryDirectory } from './harness/temporary-directory.ts';
import type { FeedAddress } from './revocation-subjects/feed-address.ts';
import type { NodeOperations } from './revocation-subjects/node.ts';
import type { TokenOperations } from './token-subjects/serve-token-subject.ts';
import { createIssuer, forge, type BenchAlgorithm, type Issuer } from './token-subjects/tokens.ts';

export interface AlgorithmPlan {
  readonly algorithm: BenchAlgorithm;
  readonly rounds: number;
  /** Tokens that each peer verifies once in a round. */
  readonly tokensPerRound: number;
  /** How long each peer verifies the same token in a round. */
  readonly againMs: number;
}

export type TokenVerificationPlan = readonly AlgorithmPlan[];

export interface TokenRow {
  readonly name: string;
  readonly us: Spread;
  /** How many times as fast as the baseline of the table, in the same round. */
  readonly speedRatio: Spread;
}

export interface TokenVerificationResult {
  readonly algorithm: BenchAlgorithm;
  readonly tokenCharacters: number;
  /** The same token again and again; the baseline is fast-jwt with its cache. */
  readonly again: readonly TokenRow[];
  /** Tokens that were never seen before; the baseline is the signature alone. */
  readonly once: readonly TokenRow[];
}

export const LATCHKEY = 'Latchkey, refusing what is revoked';
export const RAW = '`crypto.verify`, signature only';
export const FAST_JWT_CACHE = 'fast-jwt, cache';

interface Library {
  readonly name: string;
  readonly path: string;
  /** Absent for all. */
  readonly algorithms?: readonly BenchAlgorithm[];
  /** Whether it only checks signatures: that is for tokens that were not seen before, and looks at no claim. */
  readonly isRaw?: true;
  /** Whether it refuses a token whose session has ended. */
  readonly followsRevocations?: true;
}

const LIBRARIES: readonly Library[] = [
  { name: RAW, path: './token-subjects/raw-signature.ts', isRaw: true },
  {
    name: '`crypto.verify`, signature in DER',
    path: './token-subjects/raw-signature-der.ts',
    algorithms: ['ES256'],
    isRaw: true,
  },
  { name: LATCHKEY, path: './token-subjects/latchkey-following.ts', followsRevocations: true },
  { name: 'Latchkey, without that', path: './token-subjects/latchkey.ts' },
  { name: FAST_JWT_CACHE, path: './token-subjects/fast-jwt-cache.ts' },
  { name: 'fast-jwt, cache by the text', path: './token-subjects/fast-jwt-cache-by-text.ts' },
  { name: 'fast-jwt', path: './token-subjects/fast-jwt.ts' },
  { name: 'jose', path: './token-subjects/jose.ts' },
  { name: 'jsonwebtoken', path: './token-subjects/jsonwebtoken.ts', algorithms: ['ES256', 'RS256'] },
];

/** Of other sessions, while all of it is measured. */
const EVENTS_PER_SECOND = 5;
/** By then a revocation has certainly arrived, or never will. */
const ARRIVAL_MS = 5000;
const ARRIVAL_CHECK_MS = 10;

const GOAL_AGAIN_RATIO = 4;
const GOAL_ONCE_RATIO = 0.95;
const GOAL_ALGORITHM = 'ES256';

/** A node whose revocations can be followed. */
interface Revoker {
  readonly node: Subject<NodeOperations>;
  readonly feed: FeedAddress;
}

interface Peer {
  readonly library: Library;
  readonly subject: Subject<TokenOperations>;
}

/** What verifying an access token costs, with each library, one algorithm after the other. */
export async function measureTokenVerification(
  plan: TokenVerificationPlan,
  onProgress: (done: string) => void,
): Promise<TokenVerificationResult[]> {
  onProgress('token verification: starting a node that tells its revocations');
  await using node = startSubject<NodeOperations>(new URL('./revocation-subjects/node.ts', import.meta.url));
  const databaseUrl = `sqlite:${temporaryDirectory()}/latchkey.db`;
  const secret = randomBytes(32).toString('hex');
  const { feed } = await node.ask('open', { databaseUrl, secret, withAccount: false });
  await node.ask('keepRevoking', EVENTS_PER_SECOND);
  const results: TokenVerificationResult[] = [];
  for (const step of plan) results.push(await measureAlgorithm(step, { node, feed }, onProgress));
  return results;
}

async function measureAlgorithm(
  plan: AlgorithmPlan,
  { node, feed }: Revoker,
  onProgress: (done: string) => void,
): Promise<TokenVerificationResult> {
  const { algorithm, rounds, tokensPerRound, againMs } = plan;
  const title = `token verification, ${algorithm}`;
  onProgress(`${title}: making tokens`);
  const issuer = createIssuer(algorithm);
  const [liveToken = '', ...freshTokens] = await issuer.issue(1 + (1 + rounds) * tokensPerRound);

  await using subjects = new AsyncDisposableStack();
  const peers = await Promise.all(
    LIBRARIES.filter(({ algorithms }) => algorithms?.includes(algorithm) !== false).map(async (library) => {
      const subject = subjects.use(startSubject<TokenOperations>(new URL(library.path, import.meta.url)));
      const { jwk, pem } = issuer;
      await subject.ask('open', { algorithm, jwk, pem, feed }, liveToken, freshTokens);
      const peer = { library, subject };
      await proveVerification(peer, issuer, liveToken);
      return peer;
    }),
  );
  await proveRevocation(peers, node, issuer);

  const once = await interleave(await warmedUp(onceContenders(peers, plan)), rounds, (round) =>
    onProgress(`${title}, each token once: round ${round} of ${rounds}`),
  );
  const again = await interleave(await warmedUp(againContenders(peers, againMs)), rounds, (round) =>
    onProgress(`${title}, the same token again: round ${round} of ${rounds}`),
  );
  return {
    algorithm,
    tokenCharacters: liveToken.length,
    again: rowsOf(again, FAST_JWT_CACHE),
    once: rowsOf(once, RAW),
  };
}

function onceContenders(peers: readonly Peer[], { tokensPerRound }: AlgorithmPlan): Contender<number>[] {
  return peers.map(({ library, subject }) => ({
    name: library.name,
    measure: (round) => subject.ask('once', (round + 1) * tokensPerRound, (round + 2) * tokensPerRound),
  }));
}

function againContenders(peers: readonly Peer[], againMs: number): Contender<number>[] {
  return peers
    .filter(({ library }) => !library.isRaw)
    .map(({ library, subject }) => ({ name: library.name, measure: () => subject.ask('again', againMs) }));
}

/** One round that does not count, in which the compiler gets to work: round -1, with tokens of its own. */
async function warmedUp(contenders: Contender<number>[]): Promise<Contender<number>[]> {
  for (const contender of contenders) await contender.measure(-1);
  return contenders;
}

/** A verification that accepts everything, or rejects everything, would be fast. */
async function proveVerification({ library, subject }: Peer, issuer: Issuer, token: string): Promise<void> {
  const accepted = {
    good: await subject.ask('accepts', token),
    forged: await subject.ask('accepts', forge(token)),
    forAnother: await subject.ask('accepts', await issuer.issueForAnother()),
  };
  if (!accepted.good || accepted.forged || accepted.forAnother !== (library.isRaw === true)) {
    throw new Error(`${library.name} does not verify: ${JSON.stringify(accepted)}`);
  }
}

/** Ends a session: who says so refuses its token, and nobody else does. */
async function proveRevocation(peers: readonly Peer[], node: Subject<NodeOperations>, issuer: Issuer): Promise<void> {
  const sessionId = `ses_${randomBytes(16).toString('hex')}` as const;
  const token = await issuer.issueFor(sessionId);
  const accepts = (): Promise<boolean[]> => Promise.all(peers.map(({ subject }) => subject.ask('accepts', token)));
  if ((await accepts()).includes(false)) throw new Error('A token is refused before it is revoked');
  await node.ask('revoke', sessionId);
  const expected = peers.map(({ library }) => library.followsRevocations !== true);
  const endMs = performance.now() + ARRIVAL_MS;
  while (!isDeepStrictEqual(await accepts(), expected)) {
    if (performance.now() > endMs) throw new Error('Not the right ones refuse a revoked token');
    await sleep(ARRIVAL_CHECK_MS);
  }
}

function rowsOf(samples: Samples<number>, baseline: string): TokenRow[] {
  const base = samplesOf(samples, baseline);
  return [...samples].map(([name, us]) => ({ name, us: spreadOf(us), speedRatio: ratioSpread(base, us) }));
}

/** The results in words and tables. */
export function describeTokenVerification(
  results: readonly TokenVerificationResult[],
  plan: TokenVerificationPlan,
): Section {
  return {
    title: 'Verification of an access token',
    goals: results.filter(({ algorithm }) => algorithm === GOAL_ALGORITHM).flatMap(goalsOf),
    tables: results.flatMap(tablesOf),
    method: methodOf(results, plan),
    notSaid: NOT_SAID,
  };
}

function goalsOf({ algorithm, again, once }: TokenVerificationResult): Goal[] {
  const againRatio = ratioOf(again, LATCHKEY);
  const onceRatio = ratioOf(once, LATCHKEY);
  return [
    {
      aim:
        `${algorithm}, the same token again, with the check for revocation: at least ${GOAL_AGAIN_RATIO} times as fast as ` +
        'fast-jwt with its cache, which has none',
      reached: ratioText(againRatio),
      isMet: againRatio.median >= GOAL_AGAIN_RATIO,
    },
    {
      aim: `${algorithm}, each token once, with the check: at least ${GOAL_ONCE_RATIO} of the speed of ${RAW}`,
      reached: ratioText(onceRatio),
      isMet: onceRatio.median >= GOAL_ONCE_RATIO,
    },
  ];
}

function ratioOf(rows: readonly TokenRow[], name: string): Spread {
  const row = rows.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`${name} was not measured`);
  return row.speedRatio;
}

function tablesOf({ algorithm, again, once }: TokenVerificationResult): Table[] {
  return [
    {
      caption: `${algorithm}, warm: the same token again. Median of the rounds, in brackets the least and the greatest.`,
      columns: ['', 'µs a token', 'times as fast as fast-jwt with its cache'],
      rows: again.map(cellsOf),
    },
    {
      caption: `${algorithm}, cold: each token once.`,
      columns: ['', 'µs a token', `times as fast as ${RAW}`],
      rows: once.map(cellsOf),
    },
  ];
}

function cellsOf({ name, us, speedRatio }: TokenRow): string[] {
  return [name, figure(us.median), ratioText(speedRatio)];
}

function methodOf(results: readonly TokenVerificationResult[], plan: TokenVerificationPlan): string[] {
  const sizes = results.map(({ algorithm, tokenCharacters }) => `${algorithm} ${tokenCharacters}`).join(', ');
  const steps = plan.map(
    ({ algorithm, rounds, tokensPerRound, againMs }) =>
      `${algorithm} ${rounds} rounds of ${tokensPerRound} tokens once and ${againMs} ms of one token`,
  );
  return [
    `Tokens have the header and claims of Latchkey's own (characters: ${sizes}), and half an hour to live.`,
    `Each library in a process of its own with \`NODE_ENV=production\`; in each round every one in turn: ` +
      `${steps.join('; ')}. One token after the other; what answers with a promise is awaited.`,
    'Each must accept a good token, refuse one with a changed signature, and refuse one for another audience.',
    'Warm: every time the token is cut from an `Authorization` header anew, as in a request. Cold: no token was seen ' +
      'before by that process, caches are on where the row says so.',
    'Latchkey, refusing what is revoked: `createVerifier({ issuer, audience, client })`, following by a stream the ' +
      'revocations of a real Latchkey server (SQLite) in a process of its own, which sends heartbeats, and ' +
      `${EVENTS_PER_SECOND} events a second of other sessions all the time; each makes it look up its remembered ` +
      'tokens anew. It must refuse a token whose session ends there, and no other library may.',
    "Latchkey, without that: `revocation: 'none'`. For both the key set is handed in by an own `fetch`; everything else is " +
      'as it comes.',
    'What awaits lets the rest of its process have a turn about once a millisecond while it is warm, which is when events ' +
      'come in. Cold, they come in between the rounds.',
    'fast-jwt: key as PEM, `allowedIss`, `allowedAud`, `checkTyp`, `algorithms`; cache: `cache: true`, which looks tokens ' +
      'up by their SHA-256; "by the text": with the identity as `cacheKeyBuilder`, which its documentation offers to ' +
      "those who may keep whole tokens in memory, as Latchkey's own cache does.",
    'jose: `jwtVerify` with `createLocalJWKSet`, `issuer`, `audience`, `typ`, `algorithms`. jsonwebtoken: `verify` with a ' +
      'key object, `issuer`, `audience`, `algorithms`; it does not know EdDSA.',
    '`crypto.verify`: called synchronously on decoded bytes with a key object; no claim is read. For ES256 the signature ' +
      'of a JWS needs the option `dsaEncoding` beside the key, for which Node 24 takes longer; "in DER" it was turned ' +
      'beforehand into the form that needs none.',
  ];
}

const NOT_SAID = [
  'The libraries do not check the same. Latchkey also refuses duplicate JSON members, non-canonical base64url, missing ' +
    'claims of RFC 9068 and keys that left the key set; jsonwebtoken does not look at `typ`.',
  'jose checks signatures on other threads: one token after the other it waits for them, with many requests at once a ' +
    'machine with free cores does more than its row says.',
  'A real server sees new tokens and known ones in some mixture: between the two tables.',
  "Warm is one token, which the processor's own caches hold; with thousands of live tokens every cache of tokens is " +
    'slower than here.',
  'The table of revocations holds what came in meanwhile: some hundreds of events. A larger one is not looked up more ' +
    'slowly in principle, but is less often in the caches of the processor.',
  'No HTTP and no fetching of keys.',
];
