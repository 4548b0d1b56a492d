/** Every block of commands, line by line, by a reader with a server of their own. */
import { spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importJWK, SignJWT, type JWK } from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { cookieOf, createAccount, post } from '../support/accounts.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { blocksOf, readDocuments, type Block } from './blocks.ts';
import { exceptionFor } from './elsewhere.ts';
import { startReader, type Reader } from './reader.ts';

vi.setConfig({ testTimeout: 60_000 });

const ISSUER = 'http://localhost:4400';
const ada = { email: 'ada@example.com', password: 'correct horse battery staple', name: 'Ada Example' };

const documents = readDocuments();
const blocks = documents
  .flatMap(blocksOf)
  .filter((block) => block.language === 'sh' && exceptionFor(block) === undefined);
const blockOf = (document: string, part: string): Block =>
  blocks.find((block) => block.document === document && block.text.includes(part))!;

let server: ServerProcess;
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-documents-'));
  const database = `sqlite:${directory}/latchkey.db`;
  server = await startServer({ settings: { LATCHKEY_ISSUER: ISSUER, LATCHKEY_DATABASE_URL: database } });
  await createAccount(server, ada);
});
afterAll(() => server.close());

/** A token of Ada's for an API, as her program would have got it. */
async function tokenFor(audience: string): Promise<string> {
  const Cookie = await cookieOf(server.origin, ada);
  const issued = await post(server.origin, '/api/session/token', { audience }, { Cookie });
  return ((await issued.json()) as { readonly access_token: string }).access_token;
}

/** Documents whose reader has a server of their own, on SQLite in the working directory, as the settings have it by themselves. */
const ALONE = new Set(['docs/operations.md', 'docs/run-alone.md']);

interface Preparation {
  readonly document: string;
  readonly part: string;
  readonly prepare: (reader: Reader) => Promise<void>;
}

/** What a document tells to have at hand before a block, where words tell it and no command. */
const PREPARATIONS: readonly Preparation[] = [
  {
    document: 'docs/oauth.md',
    part: 'add "Reports"',
    prepare: async ({ variables }) => {
      variables['TOKEN'] = await tokenFor('https://reports.example.com');
    },
  },
  {
    document: 'docs/oauth.md',
    part: 'assertion="$JWT"',
    prepare: async ({ variables, directory }) => {
      const key = JSON.parse(readFileSync(join(directory, 'job.private.jwk'), 'utf8')) as JWK & { alg: string };
      variables['JWT'] = await new SignJWT({ jti: 'one' })
        .setProtectedHeader({ alg: key.alg, kid: key.kid! })
        .setIssuer(variables['ID']!)
        .setSubject(variables['ID']!)
        .setAudience(ISSUER)
        .setIssuedAt()
        .setExpirationTime('1 minute')
        .sign(await importJWK(key, key.alg));
    },
  },
  {
    document: 'examples/api/README.md',
    part: 'add "Reports"',
    prepare: async ({ variables }) => {
      variables['TOKEN'] = await tokenFor('http://localhost:4402');
    },
  },
  {
    document: 'examples/service-account/README.md',
    part: 'add "Nightly job"',
    prepare: async (reader) => {
      await reader.run(blockOf('examples/api/README.md', 'add "Example API"').text);
    },
  },
];

/** What readers have, and a machine with nothing but Node and npm may lack. */
const lacks = ['bash', 'curl'].filter((program) => spawnSync(program, ['--version']).error !== undefined);

test.for([...new Set(blocks.map(({ document }) => document))])('%s', async (document, { skip }) => {
  skip(lacks.length > 0, `the commands of documents need ${lacks.join(' and ')}, which this machine lacks`);
  const names = { [ISSUER]: server.origin, 'https://id.example.com': server.origin };
  const { LATCHKEY_DATABASE_URL: shared, ...own } = server.environment;
  const environment = ALONE.has(document) ? own : { ...own, LATCHKEY_DATABASE_URL: shared! };
  await using reader = await startReader({ environment, names });
  for (const block of blocks.filter((one) => one.document === document)) {
    const preparation = PREPARATIONS.find((one) => one.document === document && block.text.includes(one.part));
    await preparation?.prepare(reader);
    await expect(reader.run(block.text), `line ${block.line}`).resolves.toBeTypeOf('string');
  }
});
