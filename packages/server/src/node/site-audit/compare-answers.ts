/** What an answer is compared by. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** How answers to the user differ from answers to nobody. */
export interface Tell {
  readonly status: number;
  /** Whether the status alone shows it. */
  readonly isByStatus: boolean;
  /** Parts of the body that only the user gets, and gets each time. */
  readonly marks: readonly string[];
}

const MAX_BODY_CHARACTERS = 2_000_000;
const MAX_MARKS = 2000;
const LEAST_SHARE = 0.5;

/** Two answers to the same copy, so that what is new each time does not count, and one to nobody. */
export function tellOf(copy: readonly [Answer, Answer], nobody: Answer): Tell | undefined {
  const [first, second] = copy;
  if (!isSuccess(first) || first.status !== second.status) return undefined;
  const [again, without] = [partsOf(second), partsOf(nobody)];
  const marks = [...partsOf(first)].filter((part) => again.has(part) && !without.has(part)).slice(0, MAX_MARKS);
  const isByStatus = nobody.status !== first.status;
  return isByStatus || marks.length > 0 ? { status: first.status, isByStatus, marks } : undefined;
}

/** Whether an answer is still that of the user. */
export function outcomeOf(answer: Answer, { status, marks }: Tell): 'alive' | 'dead' | 'unclear' {
  if (answer.status === 429 || answer.status >= 500 || answer.status === 0) return 'unclear';
  if (answer.status !== status) return 'dead';
  if (marks.length === 0) return 'alive';
  const parts = partsOf(answer);
  return marks.filter((mark) => parts.has(mark)).length >= marks.length * LEAST_SHARE ? 'alive' : 'dead';
}

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

function partsOf({ body }: Answer): Set<string> {
  return new Set(
    body
      .slice(0, MAX_BODY_CHARACTERS)
      .split(/[\s<>,{}"&;]+/)
      .filter((part) => part.length >= 3),
  );
}
