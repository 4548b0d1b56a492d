import { PAGES } from '@latchkey/protocol';
import { homePage } from '../../../pages/home-page.ts';
import { currentSession } from '../../current-session.ts';
import type { App, HttpDependencies } from '../../environment.ts';

export function mountHomePage(app: App, dependencies: HttpDependencies): void {
  const { development } = dependencies.options;
  const { issuer } = dependencies.operations.policy;
  app.get(PAGES.home, async (c) => {
    const current = await currentSession(c, dependencies);
    return c.html(homePage({ user: current?.user ?? null, development, issuer }));
  });
}
