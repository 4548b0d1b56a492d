import { PAGES } from '@latchkey/protocol';
import { emailVerificationRequest } from '@latchkey/protocol/schemas';
import { confirmEmail } from '../../../operations/confirm-email.ts';
import { requestEmailVerification } from '../../../operations/request-email-verification.ts';
import { checkMailPage } from '../../../pages/check-mail-page.ts';
import { FORM_ACTIONS } from '../../../pages/form-actions.ts';
import { resetPasswordPage } from '../../../pages/reset-password-page.ts';
import { verifyEmailDonePage } from '../../../pages/verify-email-done-page.ts';
import { verifyEmailFailedPage } from '../../../pages/verify-email-failed-page.ts';
import { verifyEmailPage } from '../../../pages/verify-email-page.ts';
import { currentSession } from '../../current-session.ts';
import type { App, HttpDependencies } from '../../environment.ts';
import { readForm } from '../../request-body.ts';
import { accountFindings, formMembers } from './account-form.ts';

export function mountVerifyEmailPage(app: App, dependencies: HttpDependencies): void {
  const { operations, options } = dependencies;

  // Opening the link changes nothing: scanners of mail servers open links too.
  app.get(PAGES.verifyEmail, (c) => {
    const token = c.req.query('token');
    return token === undefined ? c.html(verifyEmailFailedPage({})) : c.html(verifyEmailPage({ token }));
  });

  app.post(PAGES.verifyEmail, async (c) => {
    const form = await readForm(c);
    const result = await confirmEmail(operations, { token: form.get('token') ?? '' }, c.var.caller);
    if (result.kind === 'invalid_token') return c.html(verifyEmailFailedPage({}), 400);
    if (result.passwordReset !== undefined) {
      const token = result.passwordReset.reveal();
      return c.html(resetPasswordPage({ token, errors: {}, isFirst: true }));
    }
    const signedIn = (await currentSession(c, dependencies)) !== undefined;
    return c.html(verifyEmailDonePage({ signedIn }));
  });

  app.post(FORM_ACTIONS.resendVerification, async (c) => {
    const form = await readForm(c);
    const input = emailVerificationRequest.safeParse(formMembers(form, ['email']));
    const result = input.success
      ? await requestEmailVerification(operations, input.data, c.var.caller)
      : { kind: 'invalid_email' as const };
    const email = form.get('email') ?? '';
    if (result.kind === 'invalid_email') {
      return c.html(
        verifyEmailFailedPage({ values: { email }, errors: accountFindings({ kind: 'invalid_email' }) }),
        400,
      );
    }
    return c.html(checkMailPage({ email, development: options.development }));
  });
}
