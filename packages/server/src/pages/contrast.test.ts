import { describe, expect, test } from 'vitest';
import { ASSETS } from './assets.ts';

const css = new TextDecoder().decode(ASSETS.find((asset) => asset.name === 'latchkey.css')?.body);
const [light = '', dark = ''] = css.match(/:root \{[^}]*\}/g) ?? [];

function colour(scheme: string, name: string): string {
  const value = new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(scheme)?.[1];
  if (value === undefined) throw new Error(`no colour ${name}`);
  return value;
}

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(hex.slice(start, start + 2), 16) / 255;
    return channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** Success criterion 1.4.3: text; 1.4.11: what tells a control apart. */
const TEXT = 4.5;
const CONTROL = 3;
const pairs = [
  ['ink', 'paper', TEXT],
  ['ink', 'glow', TEXT],
  ['ink', 'surface', TEXT],
  ['ink', 'accent-wash', TEXT],
  ['ink', 'danger-wash', TEXT],
  ['ink-soft', 'paper', TEXT],
  ['ink-soft', 'glow', TEXT],
  ['ink-soft', 'surface', TEXT],
  ['ink-soft', 'sunken', TEXT],
  ['ink-soft', 'danger-wash', TEXT],
  ['accent', 'paper', TEXT],
  ['accent', 'glow', TEXT],
  ['accent', 'surface', TEXT],
  ['accent', 'sunken', TEXT],
  ['accent', 'accent-wash', TEXT],
  ['accent-strong', 'accent-wash', TEXT],
  ['on-accent', 'accent', TEXT],
  ['on-accent', 'accent-strong', TEXT],
  ['danger', 'surface', TEXT],
  ['danger', 'danger-wash', TEXT],
  ['amber', 'amber-wash', CONTROL],
  ['line-strong', 'surface', CONTROL],
  ['line-strong', 'paper', CONTROL],
] as const;

describe.each([
  ['light', light],
  ['dark', dark],
])('in the %s scheme', (_name, scheme) => {
  test.each(pairs)('%s on %s: at least %d', (front, back, least) => {
    expect(contrast(colour(scheme, front), colour(scheme, back))).toBeGreaterThanOrEqual(least);
  });
});
