import type { Log } from '../http/environment.ts';
import type { OperationContext } from '../operations/context.ts';
import { LogoutNotifier } from '../operations/notify-logouts.ts';
import { every, type Repeating } from './repeat.ts';

/** How soon what another process queued, or a retry, is seen: whoever queues on this node wakes the worker. */
const POLL_MS = 500;

/** Tells clients of sign-outs: at once when woken, and what failed now and then, with growing waits. */
export function startLogoutWorker(context: OperationContext, log: Log): Repeating {
  const notifier = new LogoutNotifier(
    context,
    ({ clientId, attempts }, outcome) => {
      if (!('reason' in outcome)) return;
      log.warn({ clientId, attempts, outcome: outcome.kind, reason: outcome.reason }, 'client not told of a sign-out');
    },
    (error) => {
      if (error !== undefined) log.warn({ err: error, work: 'logout notices' }, 'background work failed');
      else worker.wake();
    },
  );
  const worker = every(POLL_MS, log, 'logout notices', (isStopping) => notifier.sendDue(isStopping));
  return {
    wake: () => worker.wake(),
    stop: async () => {
      await worker.stop();
      await notifier.settled();
    },
  };
}
