import type { RevocationKind } from '@latchkey/protocol';
import { spreadOf, type Spread } from '../harness/spread.ts';
import { startSubject } from '../harness/start-subject.ts';
import type { HeldEventsOperations } from '../revocation-subjects/held-events.ts';
import { subjectUrl } from './subject-url.ts';

export interface MemoryPlan {
  /** Verifiers that are made and thrown away before. */
  readonly warmUps: number;
  readonly rounds: number;
  readonly steps: readonly MemoryStep[];
}

export interface MemoryStep {
  readonly kind: RevocationKind;
  readonly events: number;
}

export interface MemoryRow extends MemoryStep {
  readonly bytesPerEvent: Spread;
}

/** What a verifier's memory grows by, for each event that it keeps. */
export async function measureMemory(
  { warmUps, rounds, steps }: MemoryPlan,
  onProgress: (done: string) => void,
): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = [];
  for (const { kind, events } of steps) {
    onProgress(`revocation, memory of ${events} ${kind} events`);
    await using subject = startSubject<HeldEventsOperations>(subjectUrl('held-events.ts'), ['--expose-gc']);
    const grownBy: number[] = [];
    for (let round = -warmUps; round < rounds; round += 1) {
      const bytes = await subject.ask('growth', kind, events);
      if (round >= 0) grownBy.push(bytes / events);
    }
    rows.push({ kind, events, bytesPerEvent: spreadOf(grownBy) });
  }
  return rows;
}
