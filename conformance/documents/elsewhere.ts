import type { Block } from './blocks.ts';

/** A block that is not run line by line by the tests of this folder, and why that is enough. */
interface Exception {
  readonly document: string;
  /** How the block begins. */
  readonly begins: string;
  readonly why: string;
  /** The test that does what the block says. */
  readonly test?: string;
}

export const ELSEWHERE: readonly Exception[] = [
  {
    document: 'docs/where-is-my-token.md',
    begins: 'npm run attacks',
    why: 'takes minutes',
    test: 'conformance/browser-attacks/attacks.test.ts',
  },
  ...['npx latchkey audit', 'printf %s "$PASSWORD"', '- run: printf', 'https://app.example.com/shop/'].map(
    (begins) => ({
      document: 'docs/audit-a-site.md',
      begins,
      why: 'asks for a site, a browser and a person',
      test: 'conformance/site-audit/site-audit.test.ts',
    }),
  ),
  {
    document: 'docs/forum-measurements.md',
    begins: 'node examples/forum/src/seed/generate.ts',
    why: 'takes minutes',
    test: 'examples/forum/test/large-forum.test.ts',
  },
  {
    document: 'README.md',
    begins: 'npm start',
    why: 'the first is run as the quick start has it, the second is this run',
    test: 'conformance/documents/shell.test.ts',
  },
  ...['express-react', 'fastify', 'hono'].map((name) => ({
    document: `examples/${name}/README.md`,
    begins: `npm start -w examples/${name} `,
    why: 'is started, and used in Chromium',
    test: 'conformance/framework-examples.test.ts',
  })),
  {
    document: 'examples/forum/README.md',
    begins: 'npm start',
    why: 'is started, and used in Chromium',
    test: 'conformance/forum/two-servers.test.ts',
  },
  {
    document: 'docs/deploy.md',
    begins: 'docker compose up',
    why: 'asks for Docker',
    test: 'conformance/deployment/image.test.ts',
  },
  {
    document: 'docs/deploy.md',
    begins: 'npm run build\nsudo npm install',
    why: 'changes the machine',
    test: 'conformance/deployment/systemd-unit.test.ts',
  },
  {
    document: 'CONTRIBUTING.md',
    begins: 'npm test && npm run check',
    why: 'publishes',
    test: 'conformance/packages.test.ts',
  },
];

export function exceptionFor({ document, text }: Block): Exception | undefined {
  return ELSEWHERE.find((exception) => exception.document === document && text.startsWith(exception.begins));
}
