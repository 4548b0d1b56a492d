import { ROUTES } from '@latchkey/protocol';
import { browserAccountsResponse } from '@latchkey/protocol/schemas';
import { browserAccounts } from '../browser-accounts.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

export function mountSessionAccounts(app: App, dependencies: HttpDependencies): void {
  app.get(
    ROUTES.sessionAccounts,
    documented({
      tag: 'Session',
      summary: 'List the accounts of this browser',
      description: 'All that its cookies hold, whichever slot the tab names. Whoever is signed in nowhere has none.',
      answers: { 200: { description: 'The accounts that are signed in', schema: browserAccountsResponse } },
      errors: ['temporarily_unavailable'],
    }),
    async (c) => {
      const accounts = await browserAccounts(c, dependencies);
      return c.json({
        accounts: accounts.map(({ slot = null, user: { id, email, name } }) => ({ slot, user: { id, email, name } })),
      });
    },
  );
}
