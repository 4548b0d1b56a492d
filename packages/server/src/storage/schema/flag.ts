/** Booleans are 0 or 1, and instants integers of milliseconds: both databases have the same columns. */
export type Flag = 0 | 1;
