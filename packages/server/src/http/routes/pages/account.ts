import { PAGES } from '@latchkey/protocol';
import { isClientId, isSessionId } from '../../../domain/ids.ts';
import { deviceLabel } from '../../../domain/sessions/device-label.ts';
import type { Session } from '../../../domain/sessions/session.ts';
import { rolesOf } from '../../../domain/users/user.ts';
import { endAllSessions, endOneSession } from '../../../operations/end-sessions.ts';
import { listAuthorizations } from '../../../operations/list-authorizations.ts';
import { listSessions, listThefts, type OwnSession } from '../../../operations/list-sessions.ts';
import { withdrawAuthorization } from '../../../operations/withdraw-authorization.ts';
import { accountPage, type AccountSession } from '../../../pages/account-page.ts';
import { FORM_ACTIONS } from '../../../pages/form-actions.ts';
import type { Notice } from '../../../pages/form-field.ts';
import { pageAccounts } from '../../browser-accounts.ts';
import { clearSessionCookie, requestedSlot } from '../../cookies.ts';
import { currentSession } from '../../current-session.ts';
import type { App, AppContext, HttpDependencies } from '../../environment.ts';
import { forSignedIn } from './signed-in.ts';

const NOTICES: ReadonlyMap<string | undefined, Notice> = new Map([
  ['device-signed-out', { tone: 'success', text: 'The device is signed out.' }],
  ['password-changed', { tone: 'success', text: 'Your password is changed, and your other devices are signed out.' }],
  ['access-removed', { tone: 'success', text: 'The app has no access any more.' }],
  ['others-signed-out', { tone: 'success', text: 'All other devices are signed out.' }],
]);

export function mountAccountPage(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  const { issuer } = operations.policy;

  mountAccessRemoval(app, dependencies);
  const signedIn = forSignedIn(dependencies);
  const leave = (c: AppContext, notice: string) => {
    clearSessionCookie(c, issuer, requestedSlot(c));
    return c.redirect(`${PAGES.signIn}?notice=${notice}`, 303);
  };

  app.get(
    PAGES.account,
    signedIn(async (c, { user, session }) => {
      const [switcher, sessions, access, thefts] = await Promise.all([
        pageAccounts(c, dependencies, { slot: requestedSlot(c), user }),
        listSessions(operations, user.id, session.id),
        listAuthorizations(operations, user.id),
        listThefts(operations, user.id),
      ]);
      const stolen = thefts.map(({ userAgent, ...theft }) => ({ ...theft, label: deviceLabel(userAgent) }));
      const notice = NOTICES.get(c.req.query('notice'));
      const { name, email, createdAt } = user;
      const apps = access.map(({ clientId: id, ...client }) => ({ ...client, id }));
      const model = { user: { name, email, createdAt, roles: rolesOf(user) }, apps, stolen, switcher, notice };
      return c.html(accountPage({ ...model, sessions: sessions.map((other) => deviceOf(other, session)) }));
    }),
  );

  app.post(
    FORM_ACTIONS.endOtherSessions,
    signedIn(async (c, { user, session }) => {
      await endAllSessions(operations, { userId: user.id, except: session.id }, c.var.caller);
      return c.redirect(`${PAGES.account}?notice=others-signed-out`, 303);
    }),
  );

  app.post(
    FORM_ACTIONS.endAllSessions,
    signedIn(async (c, { user }) => {
      await endAllSessions(operations, { userId: user.id }, c.var.caller);
      return leave(c, 'signed-out-everywhere');
    }),
  );

  app.post(
    `${PAGES.account}/sessions/:id/end`,
    signedIn(async (c, { user, session }) => {
      const id = c.req.param('id') ?? '';
      if (isSessionId(id)) {
        await endOneSession(operations, { id, userId: user.id, reason: 'ended_by_user' }, c.var.caller);
      }
      return id === session.id ? leave(c, 'signed-out') : c.redirect(`${PAGES.account}?notice=device-signed-out`, 303);
    }),
  );

  app.post(PAGES.signOut, async (c) => {
    const current = await currentSession(c, dependencies);
    if (current !== undefined) {
      const { session, user } = current;
      await endOneSession(operations, { id: session.id, userId: user.id, reason: 'signed_out' }, c.var.caller);
    }
    return leave(c, 'signed-out');
  });
}

function mountAccessRemoval(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  app.post(
    `${PAGES.account}/apps/:id/remove`,
    forSignedIn(dependencies)(async (c, { user }) => {
      const clientId = c.req.param('id') ?? '';
      if (isClientId(clientId)) {
        await withdrawAuthorization(operations, { userId: user.id, clientId }, c.var.caller);
      }
      return c.redirect(`${PAGES.account}?notice=access-removed`, 303);
    }),
  );
}

function deviceOf({ session, clientName }: OwnSession, current: Session): AccountSession {
  return {
    id: session.id,
    current: session.id === current.id,
    label: clientName ?? deviceLabel(session.userAgent),
    app: session.clientId !== null,
    network: session.network,
    createdAt: session.createdAt,
    lastUsedAt: session.lastUsedAt,
    expiresAt: Math.min(session.expiresAt, session.idleExpiresAt),
    remember: session.remember,
  };
}
