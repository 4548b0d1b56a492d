import type { App, HttpDependencies } from '../environment.ts';
import { mountAccount } from './account.ts';
import { mountAdminAudit } from './admin/audit.ts';
import { mountAdminKeys } from './admin/keys.ts';
import { mountAdminSessions } from './admin/sessions.ts';
import { mountAdminUserChanges } from './admin/user-changes.ts';
import { mountAdminUsers } from './admin/users.ts';
import { mountAssets } from './assets.ts';
import { mountAuthorize } from './authorize.ts';
import { mountClientKeys } from './client-keys.ts';
import { mountConfirmEmail } from './confirm-email.ts';
import { mountConfirmEmailChange } from './confirm-email-change.ts';
import { mountDevMail } from './dev-mail.ts';
import { mountEmailChange } from './email-change.ts';
import { mountEmailVerification } from './email-verification.ts';
import { mountEndSession } from './end-session.ts';
import { mountHealth } from './health.ts';
import { mountIntrospect } from './introspect.ts';
import { mountJwks } from './jwks.ts';
import { mountMagicLink } from './magic-link.ts';
import { mountMetadata } from './metadata.ts';
import { mountLogout } from './logout.ts';
import { mountMetrics } from './metrics.ts';
import { mountOpenApi } from './openapi.ts';
import { mountAccountChangePages } from './pages/account-changes.ts';
import { mountAccountPage } from './pages/account.ts';
import { mountEmailChangePages } from './pages/email-change.ts';
import { mountFirstAdministratorPage } from './pages/first-administrator.ts';
import { mountHomePage } from './pages/home.ts';
import { mountMagicLinkPages } from './pages/magic-link.ts';
import { mountPasswordResetPages } from './pages/password-reset.ts';
import { mountSignInPage } from './pages/sign-in.ts';
import { mountSignUpPage } from './pages/sign-up.ts';
import { mountVerifyEmailPage } from './pages/verify-email.ts';
import { mountPassword } from './password.ts';
import { mountPar } from './par.ts';
import { mountPasswordReset } from './password-reset.ts';
import { mountRevocationSnapshot } from './revocation-snapshot.ts';
import { mountRevocations } from './revocations.ts';
import { mountRevokeSessions } from './revoke-sessions.ts';
import { mountRevoke } from './revoke.ts';
import { mountSession } from './session.ts';
import { mountSessions } from './sessions.ts';
import { mountSessionToken } from './session-token.ts';
import { mountSignIn } from './sign-in.ts';
import { mountSignOut } from './sign-out.ts';
import { mountSignUp } from './sign-up.ts';
import { mountToken } from './token.ts';
import { mountUndoEmailChange } from './undo-email-change.ts';
import { mountUserinfo } from './userinfo.ts';

/** All routes, in the order in which the API reference lists them. */
export function mountRoutes(app: App, dependencies: HttpDependencies): void {
  mountSignUp(app, dependencies);
  mountEmailVerification(app, dependencies);
  mountConfirmEmail(app, dependencies);
  mountPasswordReset(app, dependencies);
  mountPassword(app, dependencies);
  mountEmailChange(app, dependencies);
  mountConfirmEmailChange(app, dependencies);
  mountUndoEmailChange(app, dependencies);
  mountAccount(app, dependencies);

  mountSignIn(app, dependencies);
  if (dependencies.operations.policy.magicLinks) mountMagicLink(app, dependencies);
  mountSession(app, dependencies);
  mountSessionToken(app, dependencies);
  mountSignOut(app, dependencies);
  mountSessions(app, dependencies);
  // Before the path with an id, which would match these as well.
  mountRevokeSessions(app, dependencies);
  mountEndSession(app, dependencies);

  mountJwks(app, dependencies);
  mountMetadata(app, dependencies);
  mountAuthorize(app, dependencies);
  mountToken(app, dependencies);
  mountPar(app, dependencies);
  mountUserinfo(app, dependencies);
  mountLogout(app, dependencies);
  mountIntrospect(app, dependencies);
  mountRevoke(app, dependencies);
  mountRevocations(app, dependencies);
  mountRevocationSnapshot(app, dependencies);
  mountClientKeys(app, dependencies);

  mountAdminUsers(app, dependencies);
  mountAdminUserChanges(app, dependencies);
  mountAdminSessions(app, dependencies);
  mountAdminKeys(app, dependencies);
  mountAdminAudit(app, dependencies);

  mountHealth(app, dependencies);
  mountMetrics(app, dependencies);
  mountOpenApi(app, dependencies);
  if (dependencies.options.development) mountDevMail(app, dependencies);

  mountAssets(app);
  mountHomePage(app, dependencies);
  mountSignUpPage(app, dependencies);
  mountSignInPage(app, dependencies);
  if (dependencies.operations.policy.magicLinks) mountMagicLinkPages(app, dependencies);
  mountVerifyEmailPage(app, dependencies);
  mountPasswordResetPages(app, dependencies);
  mountEmailChangePages(app, dependencies);
  mountAccountPage(app, dependencies);
  mountAccountChangePages(app, dependencies);
  mountFirstAdministratorPage(app, dependencies);
}
