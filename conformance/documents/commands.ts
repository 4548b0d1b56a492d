import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './blocks.ts';

/** Each command of the reference, which is made from the code, with its options. */
export function readCommands(): ReadonlyMap<string, ReadonlySet<string>> {
  const reference = readFileSync(join(root, 'docs/reference/command-line.md'), 'utf8');
  const sections = reference.split(/^## `latchkey /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [heading = ''] = section.split('`', 1);
      const options = [...section.matchAll(/^\| `[^`]*?(--[\w-]+)/gm)].map(([, option = '']) => option);
      return [heading.replaceAll(/ ?[<[].*/g, ''), new Set([...options, '--help', '--server'])];
    }),
  );
}

/** What is wrong with the commands of a text, as `latchkey users ban EMAIL`, for those that begin as `latchkey` does. */
export function wrongCommands(text: string, commands = readCommands()): readonly string[] {
  const wrong: string[] = [];
  for (const [whole, rest = ''] of text.matchAll(
    /(?<!install )\blatchkey ((?:[a-z][\w-]*|--[\w-]+|https?:)(?:[^\n`|&;\\]|\\\n)*)/g,
  )) {
    const words = rest.replaceAll(/\\\n/g, ' ').trim().split(/\s+/);
    const command = nameOf(words, commands);
    const known = command === undefined ? undefined : commands.get(command);
    const unknown = words.filter((word) => /^--[a-z]/.test(word) && known?.has(word.replace(/=.*/, '')) !== true);
    if (command === undefined && !/^--(?:help|version)$/.test(words[0] ?? '')) wrong.push(whole);
    else if (command !== undefined && unknown.length > 0) wrong.push(`${whole}: ${unknown.join(' ')}`);
  }
  return wrong;
}

function nameOf(
  [first = '', second = '']: readonly string[],
  commands: ReadonlyMap<string, unknown>,
): string | undefined {
  if (commands.has(`${first} ${second}`)) return `${first} ${second}`;
  // `latchkey audit URL` is short for `latchkey audit site URL`.
  if (first === 'audit' && /^(?:http|"|'|\$|URL|-)/.test(second)) return 'audit site';
  return commands.has(first) ? first : undefined;
}
