import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface SourceFunction {
  readonly file: string;
  readonly name: string;
  readonly isExported: boolean;
  readonly body: string;
  /** Names in the file that come from other files of ours, with those files' names. */
  readonly imports: ReadonlyMap<string, string>;
}

/** Statements that end what a cookie, a token, a secret or a key is good for: as `isEnd` sees them when they run. */
const ENDS: readonly ((body: string) => boolean)[] = [
  (body) => body.includes("updateTable('sessions')") && /\brevoked_at:/.test(body),
  (body) => body.includes("updateTable('users')") && /\b(?:version|role|application_roles|banned_at)\b/.test(body),
  (body) => body.includes("updateTable('clients')") && /\b(?:version|disabled_at)\b/.test(body),
  (body) => /deleteFrom\('(?:users|sessions|clients|client_secrets|client_keys|signing_keys)'\)/.test(body),
];

/** Functions of storage that end something, by their text. */
export function storageFunctionsThatEnd(): readonly string[] {
  return functionsOf('storage')
    .filter(({ body }) => ENDS.some((matches) => matches(body)))
    .map(({ name }) => name)
    .toSorted();
}

/**
 * Exported functions of operations that call one of these functions of storage, or `revoke`: themselves, or by another
 * function of operations.
 */
export function operationsThatEnd(storageFunctions: readonly string[]): readonly string[] {
  const operations = functionsOf('operations');
  const ending = new Set(
    operations.filter((each) => [...storageFunctions, 'revoke'].some((name) => calls(each, name))).map(idOf),
  );
  for (let before = -1; before < ending.size;) {
    before = ending.size;
    for (const each of operations) {
      if (operations.some((other) => ending.has(idOf(other)) && isSeenBy(each, other) && calls(each, other.name))) {
        ending.add(idOf(each));
      }
    }
  }
  return operations
    .filter((each) => each.isExported && ending.has(idOf(each)))
    .map(({ name }) => name)
    .toSorted();
}

function idOf({ file, name }: SourceFunction): string {
  return `${file} ${name}`;
}

function isSeenBy(caller: SourceFunction, called: SourceFunction): boolean {
  return caller.file === called.file || caller.imports.get(called.name) === called.file;
}

/** Calls it, or hands it on to be called. */
function calls({ name: own, body }: SourceFunction, name: string): boolean {
  return own !== name && new RegExp(String.raw`(?<![.\w'])${name}\b(?!:)`).test(body);
}

function functionsOf(layer: 'storage' | 'operations'): readonly SourceFunction[] {
  const directory = fileURLToPath(new URL(`../../src/${layer}/`, import.meta.url));
  return readdirSync(directory)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => functionsIn(file, readFileSync(directory + file, 'utf8')));
}

function functionsIn(file: string, source: string): readonly SourceFunction[] {
  const text = source.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const imports = new Map(
    [...text.matchAll(/^import (?:type )?\{([^}]*)\} from '\.\/([\w-]+\.ts)';/gm)].flatMap(
      ([, names = '', from = '']) => names.split(',').map((name) => [name.trim(), from] as const),
    ),
  );
  // The formatter ends every function, and class, of the top level with a brace at the beginning of a line, unless it
  // is empty.
  const declarations = text.matchAll(/^(export )?(?:async )?(?:function|class) (\w+)(?:.*\{\}$|[^]*?^\})/gm);
  return [...declarations].map(([body, exported, name = '']) => ({
    file,
    name,
    isExported: exported !== undefined,
    body,
    imports,
  }));
}
