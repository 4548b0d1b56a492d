/**
 * How far two samples differ in rank (Mann-Whitney U, normal approximation, with mid-ranks for ties): 0 for the same
 * distribution, in standard deviations. Outliers of a busy machine weigh as much as any other value.
 */
export function rankDistance(left: readonly number[], right: readonly number[]): number {
  const values = [...left, ...right].toSorted((one, other) => one - other);
  const rankOf = (value: number) => (values.indexOf(value) + values.lastIndexOf(value)) / 2 + 1;
  const rankSum = left.reduce((sum, value) => sum + rankOf(value), 0);
  const [n, m] = [left.length, right.length];
  const mean = (n * (n + m + 1)) / 2;
  return Math.abs(rankSum - mean) / Math.sqrt((n * m * (n + m + 1)) / 12);
}

/** Beyond this, chance is out of the question: less than one in a million runs. */
export const SURELY_DIFFERENT = 5;
