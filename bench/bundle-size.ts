import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown, VERSION } from 'rolldown';
import { figure, type Section } from './harness/report.ts';
import { readSurroundings } from './harness/surroundings.ts';

export const LATCHKEY = 'Latchkey';

interface Subject {
  readonly name: string;
  readonly file: string;
  /** Of npm. */
  readonly packageName: string;
}

const SUBJECTS: readonly Subject[] = [
  { name: LATCHKEY, file: 'latchkey.ts', packageName: '@latchkey/browser' },
  { name: 'Better Auth', file: 'better-auth.ts', packageName: 'better-auth' },
  { name: 'Supabase', file: 'supabase.ts', packageName: '@supabase/auth-js' },
  { name: 'SuperTokens', file: 'supertokens.ts', packageName: 'supertokens-web-js' },
  { name: 'keycloak-js', file: 'keycloak.ts', packageName: 'keycloak-js' },
  { name: 'oidc-client-ts', file: 'oidc-client-ts.ts', packageName: 'oidc-client-ts' },
];

/** The packages whose sizes are measured. */
export const BUNDLED_PACKAGES = SUBJECTS.map(({ packageName }) => packageName);

export interface BundleSize {
  readonly name: string;
  readonly minifiedBytes: number;
  readonly gzippedBytes: number;
}

/** The same bytes on every machine: nothing here takes a time. */
export async function measureBundleSizes(onProgress: (done: string) => void): Promise<readonly BundleSize[]> {
  const sizes: BundleSize[] = [];
  for (const { name, file } of SUBJECTS) {
    const code = await bundle(file);
    const minifiedBytes = Buffer.byteLength(code);
    sizes.push({ name, minifiedBytes, gzippedBytes: gzipSync(code, { level: 9 }).length });
    onProgress(`bundle size: ${name}`);
  }
  return sizes;
}

/** All that a page loads for it, in one file. */
async function bundle(file: string): Promise<string> {
  await using build = await rolldown({
    input: fileURLToPath(new URL(`./bundle-size-subjects/${file}`, import.meta.url)),
    platform: 'browser',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  });
  const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false });
  const [{ code, imports, dynamicImports }] = output;
  if (imports.length + dynamicImports.length > 0) throw new Error(`${file} needs more than its bundle`);
  return code;
}

export function describeBundleSizes(sizes: readonly BundleSize[]): Section {
  const own = sizes.find(({ name }) => name === LATCHKEY)?.gzippedBytes ?? Number.NaN;
  const { date, versions } = readSurroundings(BUNDLED_PACKAGES);
  const least = Math.min(...sizes.filter(({ name }) => name !== LATCHKEY).map(({ gzippedBytes }) => gzippedBytes));
  return {
    title: 'Size of the browser clients',
    goals: [
      {
        aim: 'browser client, minified and gzipped: smaller than that of every peer',
        reached: `${figure(own / least)} of the smallest`,
        isMet: own < least,
      },
    ],
    tables: [
      {
        caption: 'What a page loads to know who is signed in, sign in, sign out and call `fetch`. In bytes.',
        columns: ['', 'minified', 'and gzipped', 'times Latchkey'],
        rows: sizes.map(({ name, minifiedBytes, gzippedBytes }) => [
          name,
          minifiedBytes.toLocaleString('en'),
          gzippedBytes.toLocaleString('en'),
          figure(gzippedBytes / own),
        ]),
      },
    ],
    method: [
      `On ${date}, with ${versions.map(([name, version]) => `${name} ${version}`).join(', ')}.`,
      `Each is a module of a few lines in [\`bundle-size-subjects\`](bundle-size-subjects), which are counted, bundled into one file by rolldown ${VERSION} for browsers, minified, with \`process.env.NODE_ENV\` as "production"; gzip at level 9.`,
      'What a module does not use is left out as far as its package lets the bundler see that.',
      'Each signs in as its product does: Latchkey, Better Auth, Supabase and SuperTokens with a password from the page; keycloak-js and oidc-client-ts by a redirect, which is the way of OAuth.',
      'SuperTokens: its recipe for sessions alone; the request that signs in is written by hand. Its recipe for passwords would add to it.',
    ],
    notSaid: [
      'The clients do not do the same. Supabase, SuperTokens and Better Auth cover much more than this task; keycloak-js and oidc-client-ts are OAuth clients for servers of others, and do what Latchkey leaves to the server: the codes, PKCE and ID tokens.',
      'Latchkey, Better Auth and SuperTokens (by its default for browsers) leave the session in a cookie; the others keep tokens in the page, and part of their code is for that.',
      'Nothing of the time that a browser takes to compile and run it.',
      'Modes and add-ons that the task does not need are not in it: of Latchkey, DPoP and the React hooks.',
    ],
  };
}
