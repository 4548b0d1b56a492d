/** Writes docs/where-is-my-token.md from what was observed. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { storageIds, storageOf, type StorageId } from './demo/storages.ts';
import { expected, expectedFacts } from './expected.ts';
import type { Measured } from './facts.ts';
import { cellKey, type Found } from './matrix.ts';
import { afterTables, beforeTables } from './document-texts.ts';
import { outcomes } from './observation.ts';
import { facts, groups, outcomeWords, type Group } from './words.ts';

const file = fileURLToPath(new URL('../../docs/where-is-my-token.md', import.meta.url));
const sources = '../conformance/browser-attacks/';

/** What does not depend on the day: the outcomes, and what a storage means for the user. */
export function tablesOf(): readonly string[] {
  return [...groups.map(outcomeTable), factsTable()];
}

export const readDocument = (): Promise<string> => readFile(file, 'utf8');

export async function writeDocument(found: Found): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const sections = groups.map((group) => {
    const list = group.columns.map(({ head, what }) => `- **${head}**: ${what}.`).join('\n');
    return `### ${group.title}\n\n${outcomeTable(group)}\n\n${list}\n\n[The source](${sources}${group.source})`;
  });
  const text = `${beforeTables({ date, browserVersion: found.browserVersion })}

## What each attack obtains

${outcomes.map((outcome) => `**${outcomeWords[outcome].short}**: ${outcomeWords[outcome].meaning}`).join('; ')}.

${sections.join('\n\n')}

## What it means for the user: signed in …

${factsTable()}

## Who can read it, how fast it dies, what it costs

${measuredTable(found.measured)}

${afterTables}
## How each cell was seen

${evidence(found)}
`;
  await writeFile(file, text);
}

function outcomeTable({ columns }: Group): string {
  const rows = storageIds.map((storage) => columns.map(({ id }) => outcomeWords[expected[id][storage]].short));
  return table(['', ...columns.map(({ head }) => head)], rows);
}

function factsTable(): string {
  const rows = storageIds.map((storage) => facts.map(({ id }) => (expectedFacts[storage][id] ? 'yes' : 'no')));
  return table(['', ...facts.map(({ head }) => head)], rows);
}

const readers: Readonly<Record<StorageId, string>> = {
  url: 'every script, the history, every log on the way, whoever is given the link',
  'local-storage': 'every script of the origin, in every tab; whoever has the profile',
  'session-storage': 'every script of the tab; whoever has the profile',
  'readable-cookie': 'every script of the origin; whoever has the profile',
  'cookie-none': 'no script; whoever has the profile',
  'cookie-default': 'no script; whoever has the profile',
  'cookie-lax': 'no script; whoever has the profile',
  'cookie-strict': 'no script; whoever has the profile',
  'jwt-cookie': 'no script; whoever has the profile',
  memory: 'every script of the page, once the page uses it',
  'memory-dpop': 'the same; but the key cannot leave the page',
  'latchkey-session': 'no script; whoever has the profile',
  'latchkey-jwt-cookie': 'no script; whoever has the profile',
  'latchkey-memory': 'the cookie as before; the access token as in page memory',
  'latchkey-dpop': 'the same; but the key of its tokens cannot leave the page',
};

function measuredTable(measured: ReadonlyMap<string, Measured>): string {
  const rows = storageIds.map((id) => {
    const found = measured.get(id);
    return [readers[id], found ? endingText(found) : '', found ? String(found.bytes) : ''];
  });
  return table(['', 'who can read it', 'a copy dies, after sign-out', 'bytes a request'], rows);
}

function endingText({ ending, endingMs = 0 }: Measured): string {
  switch (ending) {
    case 'at once':
    case 'within seconds':
      return `in ${Math.max(1, Math.round(endingMs))} ms`;
    case 'when it expires':
      return `when it expires: after ${Math.round(endingMs / 60_000)} min`;
    case 'nothing to copy':
      return 'nothing to copy: a proof serves once';
  }
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row, index) => [storageOf(storageIds[index]!).title, ...row]);
  return [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Folded: for those who doubt a cell. */
function evidence({ cells }: Found): string {
  return groups
    .flatMap(({ columns }) => columns)
    .map(({ id, head }) => {
      const lines = storageIds.map(
        (storage) => `- ${storageOf(storage).title}: ${cells.get(cellKey(storage, id))?.evidence}`,
      );
      return `<details><summary>${head}</summary>\n\n${lines.join('\n')}\n\n</details>`;
    })
    .join('\n');
}
