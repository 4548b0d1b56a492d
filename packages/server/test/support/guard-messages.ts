/** What a test run and the guard process beside it say to each other. See `guarded-process.ts`. */

export interface GuardArguments {
  /** Existing directory in which the guard makes its own. */
  readonly parentDirectory: string;
  readonly prefix: string;
  /** Unprivileged account that shall own the directory and run the processes, when the test run is root. */
  readonly account?: Account | undefined;
}

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface GuardedCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Default: the guard's directory. */
  readonly cwd?: string | undefined;
  /**
   * Sent when the guard ends while the process still runs; undefined if it soon ends by itself. SIGKILL follows after
   * five seconds.
   */
  readonly endSignal: NodeJS.Signals | undefined;
}

export type MessageToGuard =
  | { readonly kind: 'run'; readonly command: GuardedCommand }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals };

export type MessageFromGuard =
  | { readonly kind: 'ready'; readonly directory: string }
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'not-started'; readonly reason: string }
  | { readonly kind: 'output'; readonly text: string }
  | ({ readonly kind: 'exited' } & ExitStatus);

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}
