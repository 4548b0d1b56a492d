import { expect, test } from 'vitest';
import { printable } from '../printable.ts';
import type { Finding } from './finding.ts';
import { createRedaction } from './shorten.ts';
import { toReport, toText } from './report.ts';

const secret = 'Zk3vB9qLr7XwT1uYp0HsMn5';
const hostile = `\u001B]0;owned\u0007\u202Eevil\nCRITICAL forged ${secret}`;
const finding: Finding = {
  code: 'token_in_local_storage',
  level: 'high',
  where: { origin: 'https://a.test', storage: 'localStorage', key: hostile },
  evidence: `seen ${secret}`,
};
const report = () =>
  toReport({
    url: 'https://a.test/',
    at: Date.parse('2030-01-31T12:00:00Z'),
    browser: 'Chromium 1',
    findings: [finding, { ...finding, level: 'info' }],
    redact: createRedaction([secret]),
  });

test('the shape of the JSON', () => {
  expect(report()).toEqual({
    version: 1,
    url: 'https://a.test/',
    audited_at: '2030-01-31T12:00:00.000Z',
    browser: 'Chromium 1',
    counts: { critical: 0, high: 1, medium: 0, low: 0, info: 1 },
    findings: ['high', 'info'].map((level) => ({
      code: 'token_in_local_storage',
      level,
      what: expect.any(String) as string,
      where: { origin: 'https://a.test', storage: 'localStorage', key: expect.any(String) as string },
      evidence: expect.any(String) as string,
      why: expect.any(String) as string,
      advice: expect.any(String) as string,
    })),
  });
});

test('a terminal obeys nothing of it, no name begins a line, and no credential is in it', () => {
  for (const text of [printable(toText(report())), printable(JSON.stringify(report()))]) {
    expect(text).not.toContain(secret);
    // oxlint-disable-next-line no-control-regex -- that there is none is what is looked at
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E]/);
    expect(text).not.toMatch(/^CRITICAL forged/m);
  }
});

test('of a site where nothing was found, that is said', () => {
  expect(
    toText({ ...report(), counts: { critical: 0, high: 0, medium: 0, low: 0, info: 0 }, findings: [] }).split('\n')
      .length,
  ).toBe(1);
});
