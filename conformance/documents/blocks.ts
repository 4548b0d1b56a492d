import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block of a document. */
export interface Block {
  readonly document: string;
  /** Of the fence. */
  readonly line: number;
  /** What stands behind the fence: `sh`, `ts` … */
  readonly language: string;
  readonly text: string;
}

/** All documents but the decisions, which tell nobody to do anything. */
export function readDocuments(): readonly { readonly document: string; readonly text: string }[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed
    .trim()
    .split('\n')
    .filter((document) => !document.startsWith('docs/decisions/'))
    .toSorted()
    .map((document) => ({ document, text: readFileSync(join(root, document), 'utf8') }));
}

export function blocksOf({ document, text }: { readonly document: string; readonly text: string }): readonly Block[] {
  return [...text.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map((match) => ({
    document,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

/** Code as it is compared: without white space and comments, however a server is named and wherever it listens. */
function tokens(code: string): string {
  return code
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/ \/\/ .*$/gm, '')
    .replaceAll(/process\.env\['(\w+)'\]/g, 'process.env.$1')
    .replaceAll(/\s+/g, '')
    .replaceAll(/,([)\]}])/g, '$1')
    .replaceAll('constserver=createServer', 'createServer')
    .replaceAll(/\.listen\(\w+\)/g, '.listen()');
}

const IMPORT = /^import (?:type )?\{([^}]*)\} from '([^']+)';$/gm;

/** What is imported, as `module name`. */
function importsOf(code: string): readonly string[] {
  return [...code.matchAll(IMPORT)].flatMap(([, names = '', module = '']) =>
    names.split(',').map((name) => `${module} ${name.replace('type ', '').trim()}`),
  );
}

/** Whether the block is a part of the file: what it imports is imported there, and the rest is there in one piece. */
export function isPartOf(block: string, file: string): boolean {
  const imported = importsOf(file);
  return (
    importsOf(block).every((one) => imported.includes(one)) &&
    tokens(file).includes(tokens(block.replaceAll(IMPORT, '')))
  );
}
