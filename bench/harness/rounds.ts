/** One of the peers of a measurement, by the name in the tables. */
export interface Contender<Sample> {
  readonly name: string;
  /** Measures once, for a short while. */
  measure(round: number): Promise<Sample>;
}

/** What was measured: for each name one sample a round, in the order of the rounds. */
export type Samples<Sample> = ReadonlyMap<string, readonly Sample[]>;

/**
 * Measures all contenders in turn, A B C A B C …, so that what disturbs the machine disturbs all of them alike. Only
 * samples of the same round are ever compared.
 */
export async function interleave<Sample>(
  contenders: readonly Contender<Sample>[],
  rounds: number,
  onRound: (round: number) => void,
): Promise<Samples<Sample>> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    onRound(round + 1);
    for (const contender of contenders) samples.get(contender.name)?.push(await contender.measure(round));
  }
  return samples;
}

/** The samples of one contender. */
export function samplesOf<Sample>(samples: Samples<Sample>, name: string): readonly Sample[] {
  const found = samples.get(name);
  if (found === undefined) throw new Error(`Nothing was measured of ${name}`);
  return found;
}
