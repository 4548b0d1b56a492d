import type { Spread } from './spread.ts';

export interface Table {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the design promised to reach. */
export interface Goal {
  readonly aim: string;
  readonly reached: string;
  readonly isMet: boolean;
}

/** One measurement, ready to be written down. */
export interface Section {
  readonly title: string;
  readonly goals: readonly Goal[];
  readonly tables: readonly Table[];
  /** How it was measured, and how each peer was set up. */
  readonly method: readonly string[];
  readonly notSaid: readonly string[];
}

export interface Surroundings {
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
  /** Processes that wanted a core, averaged over the minute before the start. */
  readonly loadAverage: number;
  readonly versions: readonly (readonly [name: string, version: string])[];
}

/** The whole report as Markdown. */
export function writeReport(sections: readonly Section[], surroundings: Surroundings, plan: string): string {
  const goals = sections.flatMap((section) => section.goals);
  const blocks = [
    '# Benchmark results',
    'Written by `npm run bench`. Ratios are of peers measured beside each other in one run; they carry over to another ' +
      'machine, the absolute figures do not.',
    listOf([
      `Date: ${surroundings.date}`,
      `Node: ${surroundings.node}`,
      `CPU: ${surroundings.cpu}`,
      `Load average when it began: ${surroundings.loadAverage.toFixed(2)}`,
      `Plan: ${plan}`,
      `Versions: ${surroundings.versions.map(([name, version]) => `${name} ${version}`).join(', ')}`,
    ]),
    ...(goals.length === 0 ? [] : ['## Goals', tableOf(['goal', 'reached', ''], goals.map(goalRow))]),
    ...sections.map(writeSection),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** One section of it, without a line break at its end. */
export function writeSection({ title, tables, method, notSaid }: Section): string {
  return [
    `## ${title}`,
    ...tables.flatMap(({ caption, columns, rows }) => [caption, tableOf(columns, rows)]),
    '**How it was measured**',
    listOf(method),
    '**What it does not say**',
    listOf(notSaid),
  ].join('\n\n');
}

/** One row of the table of goals. */
export function goalLine(goal: Goal): string {
  return rowOf(goalRow(goal));
}

function goalRow({ aim, reached, isMet }: Goal): string[] {
  return [aim, reached, isMet ? 'met' : '**missed**'];
}

function listOf(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** The first column is text, the others are figures. */
function tableOf(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = columns.map((_column, index) => (index === 0 ? '---' : '---:'));
  return [columns, rule, ...rows].map(rowOf).join('\n');
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** A ratio with its extremes: `0.93 (0.90–0.95)`. */
export function ratioText(spread: Spread): string {
  return `${figure(spread.median)} (${figure(spread.min)}–${figure(spread.max)})`;
}

/** Three figures that count, more before the point: `0.0421`, `4.21`, `42,100`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(value >= 1 || value < 0.1 ? 3 : 2);
}
