import { answerParent } from '../harness/answer-parent.ts';

/** Something that commits durably, again and again. */
export interface CommitSubject {
  /** Throws unless one commit does what it is to do. */
  prove(): Promise<void>;
  /**
   * Commits one transaction after the other until the time is over.
   *
   * @param lane - Number of the caller: several are at it at once, each in a lane of its own.
   * @returns How many there were.
   */
  commitUntil(endMs: number, lane: number): Promise<number>;
  /** Statements on their way to the database since it was opened; undefined where nothing counts them. */
  readonly statements?: () => number;
}

export interface CommitSample {
  readonly commitsPerSecond: number;
  /** Round trips to the database for each commit; 0 where nothing counts them. */
  readonly statementsPerCommit: number;
}

/** What the process of a subject can be asked for. */
export interface CommitOperations {
  /** @param databaseUrl - An empty database on PostgreSQL, or a file that does not exist yet, `sqlite:PATH`. */
  open(databaseUrl: string): Promise<void>;
  run(forMs: number, lanes: number): Promise<CommitSample>;
}

/** Makes this process that of a subject. */
export function serveCommitSubject(open: (databaseUrl: string) => Promise<CommitSubject>): void {
  let subject: CommitSubject;
  answerParent<CommitOperations>({
    open: async (databaseUrl) => {
      subject = await open(databaseUrl);
      await subject.prove();
    },
    run: async (forMs, lanes) => {
      const statementsBefore = subject.statements?.() ?? 0;
      const startMs = performance.now();
      const counts = await Promise.all(
        Array.from({ length: lanes }, (_, lane) => subject.commitUntil(startMs + forMs, lane)),
      );
      const commits = counts.reduce((sum, count) => sum + count, 0);
      return {
        commitsPerSecond: (commits / (performance.now() - startMs)) * 1000,
        statementsPerCommit: ((subject.statements?.() ?? 0) - statementsBefore) / commits,
      };
    },
  });
}
