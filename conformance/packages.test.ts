/** What `npm publish` would publish, used in an empty project that knows nothing of this workspace. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { installPackages, root, type InstalledPackages } from './packages/installed-packages.ts';
import { cookieOf, createAccount, newAccount, post } from './support/accounts.ts';
import { startServer, type ServerProcess } from './support/server-process.ts';

vi.setConfig({ testTimeout: 60_000 });

const NAMES = ['@latchkey/browser', '@latchkey/protocol', '@latchkey/verifier', 'latchkey'];
const BESIDES = ['express', 'fastify', 'hono', 'react', '@types/express', '@types/node', '@types/react'];
const AUDIENCE = 'https://api.example.com';
/** What may be in a package, and nothing else. */
const PUBLISHED = /^(?:LICENSE|README\.md|package\.json|.+\.(?:js|d\.ts|css|svg|json))$/;

let project: InstalledPackages;
beforeAll(async () => {
  project = await installPackages(BESIDES);
  await cp(join(import.meta.dirname, 'packages/project'), project.directory, { recursive: true });
  for (const side of ['node', 'browser'] as const)
    await writeFile(join(project.directory, `all-${side}.ts`), importsOf(specifiersFor(side)));
}, 400_000);

const latchkey = (args: readonly string[], environment?: Readonly<Record<string, string>>) =>
  project.run('npx', ['--no-install', 'latchkey', ...args], environment);

/** Every export of the packages for pages, or of the others. */
function specifiersFor(side: 'node' | 'browser'): string[] {
  return project.packages
    .filter(({ name }) => (name === '@latchkey/browser') === (side === 'browser'))
    .flatMap(({ name, manifest }) => Object.keys(manifest.exports).map((path) => name + path.slice(1)));
}

/** A module that imports all of them, and prints how much each has. */
function importsOf(specifiers: readonly string[]): string {
  const imports = specifiers.map((specifier, index) => `import * as m${index} from '${specifier}';`);
  const modules = specifiers.map((specifier, index) => `  '${specifier}': m${index},`);
  const print = 'for (const [name, module] of Object.entries(modules)) console.log(name, Object.keys(module).length);';
  return [...imports, 'const modules = {', ...modules, '};', print, ''].join('\n');
}

test('there are these packages, of one version, with a program that says it', async () => {
  expect(project.packages.map(({ name }) => name).toSorted()).toEqual(NAMES);
  const [version, ...others] = new Set(project.packages.map((one) => one.version));
  expect(others).toEqual([]);
  expect((await project.run('node_modules/.bin/latchkey', ['--version'])).trim()).toBe(version);
  expect(await latchkey(['--help'])).toMatch(/^Usage: latchkey/);
});

describe.each(NAMES)('%s', (name) => {
  const found = () => project.packages.find((one) => one.name === name)!;

  test('has a licence, a description to read, and no file that is of no use to a user', () => {
    const { files } = found();
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'index.js', 'index.d.ts']));
    expect(
      files.filter((file) => !PUBLISHED.test(file) || /\.test\.|(?:^|\/)(?:test|src|tsconfig)\b/.test(file)),
    ).toEqual([]);
  });

  test('has a manifest that says what it is, and nothing of the workspace', () => {
    const { manifest } = found();
    expect(manifest).toMatchObject({
      license: 'MIT',
      type: 'module',
      description: expect.stringMatching(/\w{3}.*\.$/) as string,
      keywords: expect.arrayContaining([expect.any(String)]) as string[],
      engines: { node: '>=24' },
    });
    for (const field of ['private', 'scripts', 'devDependencies', 'workspaces'])
      expect(manifest).not.toHaveProperty(field);
  });

  test('points to no file outside, and imports what it depends on alone', async () => {
    const { directory, files, manifest } = found();
    const { dependencies = {}, peerDependencies = {} } = manifest as Record<string, Record<string, string> | undefined>;
    const known = [name, ...Object.keys(dependencies), ...Object.keys(peerDependencies)];
    for (const file of files.filter((path) => /\.(?:js|ts)$/.test(path))) {
      const text = await readFile(join(directory, file), 'utf8');
      expect(text.includes('sourceMappingURL') || text.includes(root), file).toBe(false);
      const specifiers = [...text.matchAll(/^(?! *\*).*\bfrom '([^']+)';$|\bimport\('([^']+)'\)/gm)];
      const unknown = specifiers
        .map(([, from, inside]) => from ?? inside ?? '')
        .filter((specifier) => !/^(?:\.|node:)/.test(specifier))
        .filter((specifier) => !known.some((one) => specifier === one || specifier.startsWith(`${one}/`)));
      expect(unknown, file).toEqual([]);
    }
  });
});

test('every export of every package can be imported', async () => {
  const lines = await project.run(process.execPath, ['--import', './all-browser.ts', './all-node.ts']);
  const imported = lines
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  expect(imported.map(([specifier]) => specifier)).toEqual([...specifiersFor('browser'), ...specifiersFor('node')]);
  expect(imported.filter(([, count]) => Number(count) === 0)).toEqual([]);
});

describe('the types, also those of what is imported, under', () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  test.each([
    // As in an API: without the types of a browser.
    ['nodenext', { module: 'nodenext', lib: ['es2024'] }, ['all-node.ts', 'verify.ts', 'embed.ts']],
    [
      'bundler',
      { module: 'preserve', moduleResolution: 'bundler', lib: ['es2024', 'dom'] },
      ['all-browser.ts', 'page.tsx'],
    ],
  ])('%s', async (name, options, files) => {
    const config = join(project.directory, `tsconfig.${name}.json`);
    const strict = {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2024',
      jsx: 'react-jsx',
      types: ['node'],
    };
    await writeFile(config, JSON.stringify({ compilerOptions: { ...strict, ...options }, files }));
    const problems = await project
      .run(process.execPath, [compiler, '-p', config])
      .catch((error: unknown) => (error as { readonly stdout: string }).stdout);
    expect(problems).toBe('');
  });
});

describe('the server', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer({ program: join(project.directory, 'node_modules/.bin/latchkey') });
  });
  afterAll(() => server?.close());

  test('runs; somebody signs up and in, and APIs of four frameworks take the token', async () => {
    const account = await createAccount(server, newAccount());
    const cookie = await cookieOf(server.origin, account);
    const session = await fetch(`${server.origin}/api/session`, { headers: { Cookie: cookie } });
    expect(await session.json()).toMatchObject({ user: { email: account.email } });
    const issued = await post(server.origin, '/api/session/token', { audience: AUDIENCE }, { Cookie: cookie });
    const { access_token: TOKEN } = (await issued.json()) as { readonly access_token: string };

    const settings = Object.fromEntries(
      Object.entries(server.environment).filter(([name]) => name.startsWith('LATCHKEY_')),
    );
    const here = { ...settings, LATCHKEY_DATABASE_URL: `sqlite:${join(server.directory, 'data/latchkey.db')}` };
    const added = await latchkey(['clients', 'add', 'API', '--scope', 'revocations:read introspect', '--json'], here);
    const client = JSON.parse(added) as { readonly client_id: string; readonly client_secret: string };
    const output = await project.run(process.execPath, ['verify.ts'], {
      ISSUER: server.origin,
      AUDIENCE,
      CLIENT_ID: client.client_id,
      CLIENT_SECRET: client.client_secret,
      TOKEN,
    });
    const subject = expect.stringMatching(/^usr_/) as string;
    expect(
      output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(['node', 'express', 'hono', 'fastify'].map((framework) => [framework, 200, subject, 401, 401]));
  });
});

test('the server runs inside of an application', async () => {
  const secret = 'a secret of at least thirty-two bytes';
  expect(JSON.parse(await project.run(process.execPath, ['embed.ts'], { LATCHKEY_SECRET: secret }))).toEqual([
    200,
    'nobody',
    200,
  ]);
  expect(existsSync(join(project.directory, 'embedded.db'))).toBe(true);
});

test('a page is bundled with what it needs of the browser package, and nothing of Node or of the server', async () => {
  const bundle = await rolldown({ input: 'page.tsx', cwd: project.directory, platform: 'browser', external: /^react/ });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  const [page, ...others] = output;
  expect(others).toEqual([]);
  expect(page.imports.toSorted()).toEqual(['react', 'react/jsx-runtime']);
  const modules = Object.keys(page.modules).map((path) => path.slice(project.directory.length).replaceAll('\\', '/'));
  expect(modules.filter((path) => !path.startsWith('/node_modules/@latchkey/browser/'))).toEqual(['/page.tsx']);
  expect(page.code).not.toMatch(/node:|\brequire\b/);
  await bundle.close();
});
