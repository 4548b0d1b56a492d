import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const S = 'packages/server/src';
const F = 'examples/forum/src';

/** file → what it imports, with the rule that forbids it where one does. A cycle is reported once. */
const tree: Record<string, [from: string, rule?: string][]> = {
  [`${S}/index.ts`]: [['./node/serve.ts']],
  [`${S}/domain/decide.ts`]: [
    ['@latchkey/protocol'],
    ['node:crypto'],
    ['uuid'],
    ['../storage/rows.ts', 'server-layer-domain'],
    ['node:fs', 'domain-no-io'],
    ['zod', 'domain-pure-packages'],
    ['@latchkey/verifier', 'pure-layers-no-verifier'],
  ],
  [`${S}/domain/decide.test.ts`]: [['./decide.ts'], ['../node/serve.ts'], ['node:fs'], ['vitest']],
  [`${S}/domain/cycle-a.ts`]: [['type ./cycle-b.ts', 'no-cycle']],
  [`${S}/domain/cycle-b.ts`]: [['type ./cycle-a.ts']],
  [`${S}/storage/rows.ts`]: [
    ['../domain/instant.ts'],
    ['kysely'],
    ['type ../operations/read-session.ts', 'server-layer-storage'],
    ['hono', 'hono-only-at-the-edge'],
  ],
  [`${S}/operations/sign-in.ts`]: [
    ['../storage/rows.ts'],
    ['../domain/instant.ts'],
    ['@latchkey/verifier'],
    ['type ../http/health.ts', 'server-layer-operations'],
    ['kysely', 'sql-only-in-storage'],
  ],
  [`${S}/session-library/check.ts`]: [
    ['../domain/instant.ts'],
    ['@latchkey/protocol'],
    ['node:crypto'],
    ['type ../storage/users.ts', 'server-layer-session-library'],
    ['type node:sqlite', 'sql-only-in-storage'],
    ['hono', 'hono-only-at-the-edge'],
    ['@latchkey/verifier', 'pure-layers-no-verifier'],
  ],
  [`${S}/session-library/sqlite-sessions.ts`]: [['type node:sqlite']],
  [`${S}/pages/sign-in-page.ts`]: [
    ['../domain/instant.ts'],
    ['hono'],
    ['type ../operations/read-session.ts', 'server-layer-pages'],
    ['node:http', 'pages-pure'],
  ],
  [`${S}/http/session.ts`]: [
    ['type ../storage/users.ts'],
    ['../operations/read-session.ts'],
    ['../pages/layout.ts'],
    ['../storage/rows.ts', 'http-storage-types-only'],
    ['type ../node/settings.ts', 'server-layer-http'],
  ],
  [`${S}/node/serve.ts`]: [
    ['../http/health.ts'],
    ['../storage/rows.ts'],
    ['pg'],
    ['node:sqlite'],
    ['../version.ts', 'server-layer-node'],
    ['./serve.test.ts', 'not-to-test'],
    ['./missing.ts', 'not-resolvable'],
  ],
  [`${S}/shared/text.ts`]: [['../domain/instant.ts', 'server-unknown-layer']],
  [`${F}/domain/may.ts`]: [['../settings.ts', 'forum-layer-domain']],
  [`${F}/storage/posts.ts`]: [
    ['../domain/text.ts'],
    ['node:sqlite'],
    ['type ../operations/vote.ts', 'forum-layer-storage'],
    ['hono', 'forum-core-without-http'],
  ],
  [`${F}/operations/write.ts`]: [
    ['../domain/text.ts'],
    ['../storage/votes.ts'],
    ['type ../http/environment.ts', 'forum-layer-operations'],
    ['type node:sqlite', 'forum-sql-only-in-storage'],
  ],
  [`${F}/pages/post.ts`]: [['../domain/text.ts'], ['hono'], ['../operations/vote.ts', 'forum-layer-pages']],
  [`${F}/http/votes.ts`]: [
    ['../operations/vote.ts'],
    ['../pages/layout.ts'],
    ['type ../storage/votes.ts', 'forum-layer-http'],
  ],
  [`${F}/accounts/standing.ts`]: [
    ['type ../http/environment.ts'],
    ['../storage/votes.ts'],
    ['type ../settings.ts'],
    ['@latchkey/verifier'],
    ['latchkey'],
    [`../../../../${S}/domain/instant.ts`, 'packages-by-name'],
    ['../jobs/digest.ts', 'forum-layer-accounts'],
  ],
  [`${F}/jobs/start-jobs.ts`]: [
    ['../accounts/slots.ts'],
    ['../log.ts'],
    ['type ../create-forum.ts', 'forum-layer-jobs'],
  ],
  [`${F}/seed/words.ts`]: [['../operations/vote.ts'], ['../http/environment.ts', 'forum-layer-seed']],
  [`${F}/tools/service.ts`]: [['hono'], ['../domain/text.ts', 'forum-layer-tools']],
  [`${F}/extras/text.ts`]: [['../domain/text.ts', 'forum-unknown-layer']],
  [`${F}/create-app.ts`]: [['./http/environment.ts'], ['./main.ts', 'forum-main-last']],
  'packages/protocol/src/index.ts': [['@latchkey/gadget', 'package-protocol']],
  'packages/verifier/src/index.ts': [
    ['type express', 'not-to-dev-dep'],
    ['left-pad', 'no-non-package-json'],
    ['@latchkey/gadget', 'package-verifier'],
  ],
  'packages/browser/src/index.ts': [['@latchkey/protocol'], ['@latchkey/verifier', 'package-browser']],
  'packages/gadget/src/index.ts': [['zod', 'package-unknown']],
  [`${S}/node/cli.ts`]: [
    ['@latchkey/verifier'],
    ['../../../verifier/src/cache.ts', 'packages-by-name'],
    ['../../../../bench/run.ts', 'packages-stand-alone'],
    ['@latchkey/gadget', 'package-server'],
  ],
  'models/cases.ts': [
    [`../${S}/domain/instant.ts`],
    [`../${S}/version.ts`, 'models-pure-rules'],
    ['latchkey', 'models-pure-rules'],
  ],
  'bench/rotation-subjects/latchkey.ts': [[`../../${S}/domain/instant.ts`]],
  'bench/rotation.ts': [[`../${S}/domain/instant.ts`, 'packages-by-name']],
  'conformance/session.test.ts': [['latchkey'], [`../${S}/domain/instant.ts`, 'packages-by-name']],
};

/** Files that are only imported. */
const leaves = [
  `${S}/domain/instant.ts`,
  `${S}/storage/users.ts`,
  `${S}/operations/read-session.ts`,
  `${S}/pages/layout.ts`,
  `${S}/http/health.ts`,
  `${S}/node/settings.ts`,
  `${S}/node/serve.test.ts`,
  `${S}/version.ts`,
  'packages/verifier/src/cache.ts',
  'bench/run.ts',
  ...[
    'domain/text.ts',
    'storage/votes.ts',
    'operations/vote.ts',
    'pages/layout.ts',
    'http/environment.ts',
    'accounts/slots.ts',
    'jobs/digest.ts',
    'settings.ts',
    'log.ts',
    'create-forum.ts',
    'main.ts',
  ].map((file) => `${F}/${file}`),
];

/** Folder of packages/ → name, and what of npm or of the other packages it may import by its package.json. */
const manifests: Record<string, { name: string; dependencies: string[]; devDependencies?: string[] }> = {
  server: {
    name: 'latchkey',
    dependencies: ['protocol', 'verifier', 'gadget']
      .map((name) => `@latchkey/${name}`)
      .concat('hono', 'kysely', 'pg', 'uuid', 'zod'),
  },
  protocol: { name: '@latchkey/protocol', dependencies: ['@latchkey/gadget'] },
  verifier: { name: '@latchkey/verifier', dependencies: ['@latchkey/gadget'], devDependencies: ['express'] },
  browser: { name: '@latchkey/browser', dependencies: ['@latchkey/protocol', '@latchkey/verifier'] },
  gadget: { name: '@latchkey/gadget', dependencies: ['zod'] },
};

function writeTree(directory: string): void {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  for (const file of leaves) write(file, 'export {};');
  for (const [file, imports] of Object.entries(tree)) {
    const lines = imports.map(([from]) => {
      const typeOnly = from.startsWith('type ');
      return `import ${typeOnly ? 'type ' : ''}{ x } from '${typeOnly ? from.slice('type '.length) : from}';`;
    });
    // `using` stands for syntax that the parser is behind with: a file that it gives up on would go unchecked.
    write(file, `${lines.join('\n')}\nexport async function f() { await using y = x; for (using z of y) z(); }`);
  }
  for (const name of ['express', 'hono', 'kysely', 'left-pad', 'pg', 'uuid', 'vitest', 'zod']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, exports: './index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
  mkdirSync(join(directory, 'node_modules/@latchkey'));
  const anyVersion = (names: string[] = []): object => Object.fromEntries(names.map((name) => [name, '*']));
  for (const [folder, { name, dependencies, devDependencies }] of Object.entries(manifests)) {
    const manifest = {
      name,
      exports: './src/index.ts',
      dependencies: anyVersion(dependencies),
      devDependencies: anyVersion(devDependencies),
    };
    write(`packages/${folder}/package.json`, JSON.stringify(manifest));
    symlinkSync(join(directory, 'packages', folder), join(directory, 'node_modules', name), 'junction');
  }
  const used = anyVersion(['hono', 'latchkey', '@latchkey/verifier']);
  write('examples/forum/package.json', JSON.stringify({ name: '@latchkey/example-forum', dependencies: used }));
  write('package.json', JSON.stringify({ type: 'module' }));
}

/** What `npm run check` runs, on another tree. */
function cruise(directory: string): { violations: string[]; rules: string[] } {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const config = join(root, '.dependency-cruiser.mjs');
  const { stdout } = spawnSync(
    process.execPath,
    [program, '--config', config, '--output-type', 'json', 'packages', 'bench', 'conformance', 'examples', 'models'],
    { cwd: directory, encoding: 'utf8' },
  );
  const { summary } = JSON.parse(stdout) as {
    summary: {
      violations: { from: string; rule: { name: string } }[];
      ruleSetUsed: { forbidden: { name: string }[] };
    };
  };
  return {
    violations: summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`).toSorted(),
    rules: summary.ruleSetUsed.forbidden.map(({ name }) => name).toSorted(),
  };
}

test('every import rule forbids what it names, and no more', () => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'latchkey-import-rules-')));
  try {
    writeTree(directory);
    const { violations, rules } = cruise(directory);
    const expected = Object.entries(tree).flatMap(([file, imports]) =>
      imports.flatMap(([, rule]) => (rule === undefined ? [] : [`${file}: ${rule}`])),
    );
    expect(violations).toEqual(expected.toSorted());
    expect(new Set(expected.map((line) => line.split(': ')[1]))).toEqual(new Set(rules));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
