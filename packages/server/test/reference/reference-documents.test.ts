import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildProgram } from '../../src/node/program.ts';
import { commandLineDocument, errorsDocument, settingsDocument } from './reference-documents.ts';

test.each([
  ['settings', settingsDocument],
  ['errors', errorsDocument],
  ['command-line', () => commandLineDocument(buildProgram())],
] as const)('docs/reference/%s.md is what the code has', (name, write) => {
  const document = new URL(`../../../../docs/reference/${name}.md`, import.meta.url);
  const text = write();
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(document, text);
  expect(readFileSync(document, 'utf8')).toBe(text);
});
