import { API_ERRORS, PAGES } from '@latchkey/protocol';
import { accountDeletionRequest, emailChangeRequest, passwordChangeRequest } from '@latchkey/protocol/schemas';
import { changePassword } from '../../../operations/change-password.ts';
import { deleteAccount } from '../../../operations/delete-user.ts';
import { requestEmailChange } from '../../../operations/request-email-change.ts';
import { changeEmailPage, changePasswordPage, deleteAccountPage } from '../../../pages/account-change-pages.ts';
import { mailSentPage } from '../../../pages/mail-sent-page.ts';
import { clearSessionCookie, requestedSlot } from '../../cookies.ts';
import type { App, AppContext, HttpDependencies } from '../../environment.ts';
import { setRenewedSession } from '../../renewed-session.ts';
import { readForm } from '../../request-body.ts';
import { accountFindings, formMembers } from './account-form.ts';
import { PASSWORD_OBJECTIONS } from '../../password-objections.ts';
import { forSignedIn, toSignIn } from './signed-in.ts';

const WRONG_PASSWORD = `${API_ERRORS.wrong_password.title}.`;
const MISSING_PASSWORD = 'Enter your password.';

export function mountAccountChangePages(app: App, dependencies: HttpDependencies): void {
  mountPasswordChange(app, dependencies);
  mountEmailChange(app, dependencies);
  mountDeletion(app, dependencies);
}

function mountPasswordChange(app: App, dependencies: HttpDependencies): void {
  const signedIn = forSignedIn(dependencies);
  app.get(
    PAGES.accountPassword,
    signedIn(async (c) => c.html(changePasswordPage({ errors: {} }))),
  );
  app.post(
    PAGES.accountPassword,
    signedIn(async (c, { user, session }) => {
      const refuse = (errors: Parameters<typeof changePasswordPage>[0]['errors'], status: 400 | 403 = 400) =>
        c.html(changePasswordPage({ errors }), status);
      const form = await readForm(c);
      const input = passwordChangeRequest.safeParse(formMembers(form, ['current', 'password']));
      if (!input.success) {
        const fields = new Set(input.error.issues.map((issue) => issue.path[0]));
        return refuse({
          current: fields.has('current') ? MISSING_PASSWORD : undefined,
          password: fields.has('password') ? 'Enter a password of 8 to 1,024 characters.' : undefined,
        });
      }
      const change = { ...input.data, userId: user.id, sessionId: session.id, personal: [user.email, user.name] };
      const result = await changePassword(dependencies.operations, change, c.var.caller);
      switch (result.kind) {
        case 'changed':
          setRenewedSession(c, dependencies, result);
          return c.redirect(`${PAGES.account}?notice=password-changed`, 303);
        case 'no_session':
          return toSignIn(c);
        case 'wrong_password':
          return refuse({ current: WRONG_PASSWORD }, 403);
        case 'password_not_allowed':
          return refuse({ password: PASSWORD_OBJECTIONS[result.objection] });
      }
    }),
  );
}

function mountEmailChange(app: App, dependencies: HttpDependencies): void {
  const { operations, options } = dependencies;
  const signedIn = forSignedIn(dependencies);
  app.get(
    PAGES.accountEmail,
    signedIn(async (c, { user }) =>
      c.html(changeEmailPage({ current: user.email, values: { email: '' }, errors: {} })),
    ),
  );
  app.post(
    PAGES.accountEmail,
    signedIn(async (c, { user, session }) => {
      const form = await readForm(c);
      const values = { email: form.get('email') ?? '' };
      const refuse = (errors: Parameters<typeof changeEmailPage>[0]['errors'], status: 400 | 403 = 400) =>
        c.html(changeEmailPage({ current: user.email, values, errors }), status);
      const input = emailChangeRequest.safeParse(formMembers(form, ['email', 'password']));
      if (!input.success) {
        const fields = new Set(input.error.issues.map((issue) => issue.path[0]));
        return refuse({
          email: fields.has('email') ? accountFindings({ kind: 'invalid_email' }).email : undefined,
          password: fields.has('password') ? MISSING_PASSWORD : undefined,
        });
      }
      const change = { ...input.data, userId: user.id, sessionId: session.id, personal: [user.email, user.name] };
      const result = await requestEmailChange(operations, change, c.var.caller);
      switch (result.kind) {
        case 'accepted':
          return c.html(
            mailSentPage({
              kind: 'change_email',
              email: values.email,
              development: options.development,
              back: { label: 'Back to my account', href: PAGES.account },
            }),
          );
        case 'no_session':
          return toSignIn(c);
        case 'wrong_password':
          return refuse({ password: WRONG_PASSWORD }, 403);
        case 'same_email':
          return refuse({ email: 'This is your address already.' });
        case 'invalid_email':
          return refuse(accountFindings({ kind: 'invalid_email' }));
      }
    }),
  );
}

function mountDeletion(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  const signedIn = forSignedIn(dependencies);
  app.get(
    PAGES.accountDeletion,
    signedIn(async (c) => c.html(deleteAccountPage({ errors: {} }))),
  );
  app.post(
    PAGES.accountDeletion,
    signedIn(async (c, { user, session }) => {
      const form = await readForm(c);
      const input = accountDeletionRequest.safeParse(formMembers(form, ['password']));
      if (!input.success) return c.html(deleteAccountPage({ errors: { password: MISSING_PASSWORD } }), 400);
      const deletion = { ...input.data, userId: user.id, sessionId: session.id, personal: [user.email, user.name] };
      const { kind } = await deleteAccount(operations, deletion, c.var.caller);
      if (kind === 'no_session') return toSignIn(c);
      if (kind === 'wrong_password') return c.html(deleteAccountPage({ errors: { password: WRONG_PASSWORD } }), 403);
      return leaveDeleted(c, operations.policy.issuer);
    }),
  );
}

function leaveDeleted(c: AppContext, issuer: string): Response {
  clearSessionCookie(c, issuer, requestedSlot(c));
  return c.redirect(`${PAGES.signIn}?notice=account-deleted`, 303);
}
