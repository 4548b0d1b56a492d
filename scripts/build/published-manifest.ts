/** What this build reads of a package.json of the workspace. Other fields are published as they are. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  /** Sources: `{ '.': './src/index.ts' }`. */
  readonly exports: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface PublishedManifest extends Omit<Manifest, 'exports' | 'private'> {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

/** Only of use in the workspace. */
const LEFT_OUT = new Set(['private', 'scripts', 'devDependencies', 'repository', 'files']);

/** The package.json to publish: that of the workspace, pointing to what was built instead of the sources. */
export function publishedManifest(manifest: Manifest): PublishedManifest {
  const kept = Object.entries(manifest).filter(([key]) => !LEFT_OUT.has(key));
  const exports = Object.entries(manifest.exports).map(([path, source]) => [path, builtExport(source)] as const);
  const bin = Object.entries(manifest.bin ?? {}).map(([name, source]) => [name, builtFile(source, '.js')] as const);
  return {
    ...(Object.fromEntries(kept) as unknown as Omit<Manifest, 'exports' | 'private'>),
    exports: Object.fromEntries(exports),
    ...(bin.length > 0 && { bin: Object.fromEntries(bin) }),
  };
}

function builtExport(source: string): string | { types: string; default: string } {
  if (!/\.tsx?$/.test(source)) return builtFile(source, '');
  return { types: builtFile(source, '.d.ts'), default: builtFile(source, '.js') };
}

/** `./src/x.ts` → `./x.js` */
function builtFile(source: string, extension: string): string {
  const file = source.replace(/^\.\/src\//, './');
  return extension === '' ? file : file.replace(/\.tsx?$/, extension);
}
