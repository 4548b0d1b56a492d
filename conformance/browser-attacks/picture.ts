/** The matrix as a picture, made of the expected outcomes: they are what was observed, or the run has failed. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { storageIds, storageOf, type StorageId } from './demo/storages.ts';
import { expected, expectedEndings } from './expected.ts';
import type { Ending } from './facts.ts';
import { outcomes, type Outcome } from './observation.ts';
import { groups, outcomeWords, pictureRows } from './words.ts';

const file = fileURLToPath(new URL('../../docs/images/where-is-my-token.svg', import.meta.url));

const labelWidth = 262;
const cellWidth = 94;
const cellHeight = 24;
const headHeight = 78;
const gap = 10;
const width = labelWidth + storageIds.length * cellWidth + gap;

/** One class an outcome; the words in the cells say the same as the colours. */
const classes: Readonly<Record<Outcome, string>> = {
  credential: 'a',
  'credential, found out': 'b',
  'use in place': 'c',
  'one request': 'd',
  'swapped account': 'd',
  'private page': 'e',
  nothing: 'z',
};

const endings: Readonly<Record<Ending, { readonly short: string; readonly outcome: Outcome }>> = {
  'at once': { short: 'at once', outcome: 'nothing' },
  'within seconds': { short: 'seconds', outcome: 'nothing' },
  'when it expires': { short: 'at expiry', outcome: 'credential' },
  'nothing to copy': { short: 'no copy', outcome: 'nothing' },
};

const style = `
text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
.h { font-weight: 600 } .m { text-anchor: middle } .ground { fill: #fff }
.a { fill: #ffb3ad } .b { fill: #ffd8a8 } .c { fill: #e3c8f7 } .d { fill: #ffe08a } .e { fill: #fbf0b2 } .z { fill: #dff3e3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .ground { fill: #0d1117 }
  .a { fill: #8e1f1a } .b { fill: #83500f } .c { fill: #5b3a80 } .d { fill: #6b5200 } .e { fill: #4a4420 } .z { fill: #173d24 }
}`;

const escapeXml = (words: string): string => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export function drawPicture(): string {
  const parts: string[] = [];
  storageIds.forEach((id, index) => parts.push(head(id, labelWidth + index * cellWidth)));
  let y = headHeight;
  for (const { title, columns } of groups) {
    parts.push(text(gap, y + 17, title, 'h'));
    y += cellHeight;
    for (const { id } of columns) {
      parts.push(
        row(y, pictureRows[id], (storage) => [outcomeWords[expected[id][storage]].short, expected[id][storage]]),
      );
      y += cellHeight;
    }
    y += gap;
  }
  parts.push(text(gap, y + 17, 'After sign-out', 'h'));
  y += cellHeight;
  parts.push(
    row(y, 'a copied credential dies', (storage) => {
      const ending = endings[expectedEndings[storage]];
      return [ending.short, ending.outcome];
    }),
  );
  y += cellHeight + gap;
  for (const [index, outcome] of outcomes.entries()) {
    const x = gap + (index % 2) * (width / 2);
    const lineY = y + Math.floor(index / 2) * 20;
    parts.push(`<rect x="${x}" y="${lineY}" width="14" height="14" rx="3" class="${classes[outcome]}"/>`);
    parts.push(text(x + 22, lineY + 11, `${outcomeWords[outcome].short}: ${outcomeWords[outcome].meaning}`));
  }
  const height = y + Math.ceil(outcomes.length / 2) * 20 + gap;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="What each attack obtains, by where the token is kept. The same as the tables of the page.">
<style>${style}</style>
<rect class="ground" width="${width}" height="${height}"/>
${parts.join('\n')}
</svg>
`;
}

function row(y: number, label: string, cell: (storage: StorageId) => readonly [string, Outcome]): string {
  const cells = storageIds.map((storage, index) => {
    const x = labelWidth + index * cellWidth;
    const [words, outcome] = cell(storage);
    const box = `<rect x="${x + 1}" y="${y + 1}" width="${cellWidth - 2}" height="${cellHeight - 2}" rx="4" class="${classes[outcome]}"/>`;
    return box + text(x + cellWidth / 2, y + 16, words, 'm');
  });
  return text(gap + 8, y + 16, label) + cells.join('');
}

/** The title in up to three lines. */
function head(id: StorageId, x: number): string {
  const lines: string[] = [];
  for (const word of storageOf(id).title.replaceAll('`', '').split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= 13) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  const top = headHeight - 8 - (lines.length - 1) * 15;
  return lines.map((line, index) => text(x + cellWidth / 2, top + index * 15, line, 'h m')).join('');
}

function text(x: number, y: number, words: string, className = ''): string {
  return `<text x="${x}" y="${y}"${className && ` class="${className}"`}>${escapeXml(words)}</text>`;
}

export const readPicture = (): Promise<string> => readFile(file, 'utf8');
export const writePicture = (): Promise<void> => writeFile(file, drawPicture());
