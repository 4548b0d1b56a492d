import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BUNDLED_PACKAGES, describeBundleSizes, measureBundleSizes } from './bundle-size.ts';
import { createProgress } from './harness/progress.ts';
import { replaceSection } from './harness/replace-section.ts';
import { writeReport, type Section } from './harness/report.ts';
import { readSurroundings } from './harness/surroundings.ts';
import { FULL_PLAN, QUICK_PLAN, type Plan } from './plan.ts';
import { describeRevocation, measureRevocation } from './revocation.ts';
import { describeRotation, measureRotation } from './rotation.ts';
import { describeSessionCheck, measureSessionCheck } from './session-check.ts';
import { describeTokenEndpoint, measureTokenEndpoint } from './token-endpoint.ts';
import { describeTokenVerification, measureTokenVerification } from './token-verification.ts';

const USAGE = `Usage: npm run bench -- [--quick] [--only NAME]

Measures Latchkey beside its peers, prints the report, and after a whole run keeps it as bench/RESULTS.md.

  --quick      a shorter run (about a minute), for a first impression; the file is left alone
  --only NAME  one measurement: session-check, token-verification, rotation, token-endpoint, revocation or
               bundle-size; the file is left alone, but by bundle-size, which is the same on every machine
  --help       this text`;

const PACKAGES = [
  'latchkey',
  '@latchkey/verifier',
  'better-auth',
  '@better-auth/oauth-provider',
  'oidc-provider',
  'fast-jwt',
  'jose',
  'jsonwebtoken',
  ...BUNDLED_PACKAGES.filter((name) => name !== 'better-auth'),
];
const RESULTS = new URL('./RESULTS.md', import.meta.url);

type Measurement = (plan: Plan, onProgress: (done: string) => void) => Promise<Section>;

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  'session-check': async ({ sessionCheck }, onProgress) =>
    describeSessionCheck(await measureSessionCheck(sessionCheck, onProgress), sessionCheck),
  'token-verification': async ({ tokenVerification }, onProgress) =>
    describeTokenVerification(await measureTokenVerification(tokenVerification, onProgress), tokenVerification),
  rotation: async ({ rotation }, onProgress) => describeRotation(await measureRotation(rotation, onProgress), rotation),
  'token-endpoint': async ({ tokenEndpoint }, onProgress) =>
    describeTokenEndpoint(await measureTokenEndpoint(tokenEndpoint, onProgress), tokenEndpoint),
  revocation: async ({ revocation }, onProgress) =>
    describeRevocation(await measureRevocation(revocation, onProgress), revocation),
  'bundle-size': async (_plan, onProgress) => describeBundleSizes(await measureBundleSizes(onProgress)),
};

/** Takes no time into account, so its section of the file may be replaced alone. */
const TIMELESS: ReadonlySet<string> = new Set(['bundle-size']);

async function main(): Promise<number> {
  const options = readArguments();
  if (options === undefined) return 2;
  const { quick, only, help } = options;
  if (help) {
    console.log(USAGE);
    return 0;
  }

  const plan = quick ? QUICK_PLAN : FULL_PLAN;
  const surroundings = readSurroundings(PACKAGES);
  const progress = createProgress(process.stderr);
  const sections: Section[] = [];
  for (const [name, measure] of Object.entries(MEASUREMENTS)) {
    if (only === undefined || only === name) sections.push(await measure(plan, progress.show));
  }
  progress.end();

  const report = writeReport(sections, surroundings, plan.name);
  console.log(report);
  if (only !== undefined && TIMELESS.has(only)) replaceSections(sections);
  else if (!quick && only === undefined) writeFileSync(RESULTS, report);
  return 0;
}

function replaceSections(sections: readonly Section[]): void {
  writeFileSync(RESULTS, sections.reduce(replaceSection, readFileSync(RESULTS, 'utf8')));
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: { quick: { type: 'boolean' }, only: { type: 'string' }, help: { type: 'boolean' } },
    });
    if (values.only === undefined || Object.hasOwn(MEASUREMENTS, values.only)) return values;
    console.error(`There is no measurement ${values.only}.`);
  } catch (error) {
    console.error((error as Error).message);
  }
  console.error(USAGE);
  return undefined;
}

process.exitCode = await main();
