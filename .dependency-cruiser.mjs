// Which import is allowed where: the layers of docs and folder names, kept by `npm run check`.
// scripts/import-rules.test.ts proves on small trees that each rule bites.

import { Visitor } from '@swc/core/Visitor.js';

// The visitor that dependency-cruiser takes from swc does not know `using` yet, and would give up on the file.
const { visitStatement, visitPattern } = Visitor.prototype;
function visitUsing(declaration) {
  declaration.decls = this.visitVariableDeclarators(declaration.decls);
  return declaration;
}
Visitor.prototype.visitStatement = function (statement) {
  return (statement.type === 'UsingDeclaration' ? visitUsing : visitStatement).call(this, statement);
};
Visitor.prototype.visitPattern = function (pattern) {
  return (pattern.type === 'UsingDeclaration' ? visitUsing : visitPattern).call(this, pattern);
};

const TEST = String.raw`(\.test\.tsx?$|/test/)`;
const SERVER = '^packages/server/src/';

/** Layer of the server → what it may import besides itself. Of storage, http gets the types only: see below. */
const serverLayers = {
  domain: [],
  'session-library': ['domain'],
  storage: ['domain'],
  operations: ['domain', 'storage'],
  pages: ['domain'],
  http: ['domain', 'storage', 'operations', 'pages'],
  node: ['domain', 'storage', 'operations', 'pages', 'http'],
};

const FORUM = '^examples/forum/src/';

/** Folder of the forum → what of it it may import besides itself. Newcomers copy it: it keeps to what its README says. */
const forumLayers = {
  domain: [],
  storage: ['domain'],
  operations: ['domain', 'storage'],
  pages: ['domain'],
  http: ['domain', 'operations', 'pages'],
  accounts: ['domain', 'storage', 'operations', 'pages', 'http', 'settings'],
  jobs: ['domain', 'storage', 'operations', 'pages', 'http', 'accounts', 'settings', 'log'],
  seed: ['domain', 'storage', 'operations'],
  tools: [],
};

/** Published package → which of the others it may import. */
const packages = {
  protocol: [],
  verifier: ['protocol'],
  browser: ['protocol'],
  server: ['protocol', 'verifier'],
};

const anyOf = (names) => `(${names.join('|')})`;

const layerRules = Object.entries(serverLayers).map(([layer, allowed]) => ({
  name: `server-layer-${layer}`,
  comment: `${layer} imports nothing of the server but ${[layer, ...allowed].join(', ')}.`,
  severity: 'error',
  from: { path: `${SERVER}${layer}/`, pathNot: TEST },
  to: { path: SERVER, pathNot: `${SERVER}${anyOf([layer, ...allowed])}/` },
}));

const forumRules = Object.entries(forumLayers).map(([layer, allowed]) => ({
  name: `forum-layer-${layer}`,
  comment: `${layer} imports nothing of the forum but ${[layer, ...allowed].join(', ')}.`,
  severity: 'error',
  from: { path: `${FORUM}${layer}/`, pathNot: TEST },
  to: { path: FORUM, pathNot: `${FORUM}${anyOf([layer, ...allowed])}[/.]` },
}));

const packageRules = Object.entries(packages).map(([name, allowed]) => ({
  name: `package-${name}`,
  comment: `${name} imports no other package but ${allowed.join(', ') || 'none'}.`,
  severity: 'error',
  from: { path: `^packages/${name}/` },
  to: { path: '^packages/', pathNot: `^packages/${anyOf([name, ...allowed])}/` },
}));

export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Type-only imports count: a cycle of types is a cycle of ideas.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...layerRules,
    {
      name: 'server-unknown-layer',
      comment: 'A folder that no layer rule knows. Name it in .dependency-cruiser.mjs, or put the file into a layer.',
      severity: 'error',
      from: { path: `${SERVER}[^/]+/`, pathNot: `${SERVER}${anyOf(Object.keys(serverLayers))}/` },
      to: {},
    },
    {
      name: 'http-storage-types-only',
      comment: 'http may name what storage returns, but never calls it: authority passes through an operation.',
      severity: 'error',
      from: { path: `${SERVER}http/`, pathNot: TEST },
      to: { path: `${SERVER}storage/`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'domain-no-io',
      comment: 'Decisions are pure: of Node only modules with pure functions (hashes, URL parsing, checksums).',
      severity: 'error',
      from: { path: `${SERVER}domain/`, pathNot: TEST },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|url|zlib)$' },
    },
    {
      name: 'domain-pure-packages',
      comment: 'Of npm, decisions use only parsers and formats that do no I/O.',
      severity: 'error',
      from: { path: `${SERVER}domain/`, pathNot: TEST },
      to: { path: 'node_modules/', pathNot: 'node_modules/(bowser|ipaddr[.]js|uuid)/' },
    },
    {
      name: 'pure-layers-no-verifier',
      comment: 'The verifier does I/O (key sets, the revocation feed); these layers do without.',
      severity: 'error',
      from: { path: `${SERVER}(domain|storage|pages|session-library)/`, pathNot: TEST },
      to: { path: '^packages/verifier/' },
    },
    {
      name: 'pages-pure',
      comment: 'Pages are views: data in, HTML out. They read their own assets, no more.',
      severity: 'error',
      from: { path: `${SERVER}pages/`, pathNot: TEST },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|fs|path|url|zlib)$' },
    },
    {
      name: 'sql-only-in-storage',
      comment: 'Queries are named by what they mean, in storage; node opens the database. A library has its own.',
      severity: 'error',
      from: {
        path: '^packages/',
        pathNot: [`${SERVER}(storage|node)/`, `${SERVER}session-library/sqlite-sessions[.]ts$`, TEST],
      },
      to: { path: ['node_modules/(kysely|pg)/', '^(node:)?sqlite$'] },
    },
    {
      name: 'hono-only-at-the-edge',
      comment: 'Domain, storage, operations and the session library know nothing of HTTP.',
      severity: 'error',
      from: { path: `${SERVER}(domain|storage|operations|session-library)/`, pathNot: TEST },
      to: { path: 'node_modules/(hono|hono-openapi|@hono)/' },
    },
    ...forumRules,
    {
      name: 'forum-unknown-layer',
      comment: 'A folder of the forum that no layer rule knows.',
      severity: 'error',
      from: { path: `${FORUM}[^/]+/`, pathNot: `${FORUM}${anyOf(Object.keys(forumLayers))}/` },
      to: {},
    },
    {
      name: 'forum-main-last',
      comment: 'Nothing imports what starts the process.',
      severity: 'error',
      from: { path: FORUM },
      to: { path: `${FORUM}main[.]ts$` },
    },
    {
      name: 'forum-core-without-http',
      comment: 'What the forum decides, keeps and does knows nothing of HTTP.',
      severity: 'error',
      from: { path: `${FORUM}(domain|storage|operations)/`, pathNot: TEST },
      to: { path: 'node_modules/(hono|@hono)/' },
    },
    {
      name: 'forum-sql-only-in-storage',
      comment: 'Queries are named by what they mean, in storage.',
      severity: 'error',
      from: { path: FORUM, pathNot: [`${FORUM}storage/`, TEST] },
      to: { path: '^(node:)?sqlite$' },
    },
    ...packageRules,
    {
      name: 'package-unknown',
      comment: 'A package that no rule knows. Name it in .dependency-cruiser.mjs.',
      severity: 'error',
      from: { path: '^packages/', pathNot: `^packages/${anyOf(Object.keys(packages))}/` },
      to: {},
    },
    {
      name: 'packages-by-name',
      comment:
        'Another package is reached by its name, and so only by its exports (but for the support of its tests). Models ' +
        'explore the rules themselves, and no copy of them; an operation that no export leads to yet is measured as it is; ' +
        'files of a deployment are held against the table of settings.',
      severity: 'error',
      from: {
        path: '^(packages/[^/]+|[^/]+)/',
        pathNot: '^(models|bench/(rotation|revocation|token-endpoint)-subjects|conformance/deployment)/',
      },
      to: {
        path: '^packages/',
        pathNot: ['^$1/', '^packages/[^/]+/test/support/'],
        dependencyTypes: ['local'],
        // By its name, from the root of the workspace.
        dependencyTypesNot: ['aliased-workspace'],
      },
    },
    {
      name: 'packages-stand-alone',
      comment: 'What is published needs nothing of examples, benchmarks or scripts.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(apps|bench|conformance|examples|models|scripts)/' },
    },
    {
      name: 'models-pure-rules',
      comment: 'Of the server, models import decisions only: what they explore has no input and no output.',
      severity: 'error',
      from: { path: '^models/' },
      to: { path: '^packages/', pathNot: `${SERVER}domain/` },
    },
    {
      name: 'not-to-test',
      comment: 'Production code has no test hooks.',
      severity: 'error',
      from: { path: '^packages/', pathNot: TEST },
      to: { path: TEST, pathNot: 'node_modules/' },
    },
    {
      name: 'not-to-dev-dep',
      comment: 'Whoever installs a published package does not get its devDependencies, nor their types.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: TEST },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional'] },
    },
    {
      name: 'no-non-package-json',
      comment: 'Whatever is imported is named in the package.json of the importing package.',
      severity: 'error',
      from: { path: '^(packages|examples|bench|apps)/', pathNot: TEST },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript API. swc sees type-only imports too.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
