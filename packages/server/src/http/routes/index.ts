import type { App, HttpDependencies } from '../environment.ts';
import { mountAssets } from './assets.ts';
import { mountConfirmEmail } from './confirm-email.ts';
import { mountDevMail } from './dev-mail.ts';
import { mountEmailVerification } from './email-verification.ts';
import { mountEndSession } from './end-session.ts';
import { mountHealth } from './health.ts';
import { mountJwks } from './jwks.ts';
import { mountMetadata } from './metadata.ts';
import { mountMetrics } from './metrics.ts';
import { mountOpenApi } from './openapi.ts';
import { mountAccountPage } from './pages/account.ts';
import { mountFirstAdministratorPage } from './pages/first-administrator.ts';
import { mountHomePage } from './pages/home.ts';
import { mountSignInPage } from './pages/sign-in.ts';
import { mountSignUpPage } from './pages/sign-up.ts';
import { mountVerifyEmailPage } from './pages/verify-email.ts';
import { mountRevokeSessions } from './revoke-sessions.ts';
import { mountSession } from './session.ts';
import { mountSessions } from './sessions.ts';
import { mountSessionToken } from './session-token.ts';
import { mountSignIn } from './sign-in.ts';
import { mountSignOut } from './sign-out.ts';
import { mountSignUp } from './sign-up.ts';

/** All routes, in the order in which the API reference lists them. */
export function mountRoutes(app: App, dependencies: HttpDependencies): void {
  mountSignUp(app, dependencies);
  mountEmailVerification(app, dependencies);
  mountConfirmEmail(app, dependencies);

  mountSignIn(app, dependencies);
  mountSession(app, dependencies);
  mountSessionToken(app, dependencies);
  mountSignOut(app, dependencies);
  mountSessions(app, dependencies);
  // Before the path with an id, which would match these as well.
  mountRevokeSessions(app, dependencies);
  mountEndSession(app, dependencies);

  mountJwks(app, dependencies);
  mountMetadata(app, dependencies);
  mountHealth(app, dependencies);
  mountMetrics(app, dependencies);
  mountOpenApi(app, dependencies);
  if (dependencies.options.development) mountDevMail(app, dependencies);

  mountAssets(app);
  mountHomePage(app, dependencies);
  mountSignUpPage(app, dependencies);
  mountSignInPage(app, dependencies);
  mountVerifyEmailPage(app, dependencies);
  mountAccountPage(app, dependencies);
  mountFirstAdministratorPage(app, dependencies);
}
