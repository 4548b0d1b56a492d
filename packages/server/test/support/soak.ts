/** What a long run tells of itself: each test of it leaves a row, and the run ends with the table of them. */
import type { TestContext } from 'vitest';

/** Whether the long forms run: `npm run soak`. */
export const isSoak = process.env['LATCHKEY_SOAK'] === '1';

export interface SoakRow {
  /** Which database, and who uses it. Rows of the same are added up. */
  readonly setting: string;
  /** What makes the sequences the same again; undefined where real clocks and sockets decide. */
  readonly seed: number | undefined;
  /** Moves of browsers, networks, users and thieves, or requests over sockets. */
  readonly steps: number;
  /** Times that a credential was presented. */
  readonly presentations: number;
  readonly rotations: number;
  readonly lateRetries: number;
  readonly theftsFound: number;
  /** `kill -9` of a server; undefined where there is no process of its own to kill. */
  readonly kills: number | undefined;
  readonly violations: number;
}

declare module 'vitest' {
  interface TaskMeta {
    soak?: SoakRow;
  }
}

/** Leaves the row of a test, or replaces it. */
export function recordSoak({ task }: Pick<TestContext, 'task'>, row: SoakRow): void {
  if (isSoak) task.meta.soak = row;
}
