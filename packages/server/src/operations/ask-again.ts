import type { Client } from '../domain/clients/client.ts';
import type { User } from '../domain/users/user.ts';
import { lockClient } from '../storage/clients.ts';
import type { Tx } from '../storage/store.ts';
import { lockUser } from '../storage/users.ts';
import type { OperationContext } from './context.ts';

/**
 * The context, but each of its transactions asks first. For what a request has found out before it waited for its body,
 * a hash or another server: it may be otherwise by now. To throw is to refuse, and nothing is written.
 */
export function askAgain(context: OperationContext, ask: (tx: Tx) => Promise<void>): OperationContext {
  const { store } = context;
  return {
    ...context,
    store: {
      ...store,
      transaction: (work) =>
        store.transaction(async (tx) => {
          await ask(tx);
          return work(tx);
        }),
    },
  };
}

/** As {@link askAgain}, about a user whose row stays locked until the transaction ends. */
export function askAboutUser(context: OperationContext, id: User['id'], ask: (user: User) => void): OperationContext {
  return askAgain(context, async (tx) => {
    const user = await lockUser(tx, id);
    if (user !== undefined) ask(user);
  });
}

/** As {@link askAgain}, about a client whose row stays locked until the transaction ends. */
export function askAboutClient(
  context: OperationContext,
  id: Client['id'],
  ask: (client: Client) => void,
): OperationContext {
  return askAgain(context, async (tx) => {
    const client = await lockClient(tx, id);
    if (client !== undefined) ask(client);
  });
}
