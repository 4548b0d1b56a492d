import { PAGES } from '@latchkey/protocol';
import { confirmPasswordResetRequest, passwordResetRequest } from '@latchkey/protocol/schemas';
import { requestPasswordReset } from '../../../operations/request-password-reset.ts';
import { resetPassword } from '../../../operations/reset-password.ts';
import { forgotPasswordPage } from '../../../pages/forgot-password-page.ts';
import { mailSentPage } from '../../../pages/mail-sent-page.ts';
import { mailedLinkFailedPage } from '../../../pages/mailed-link-failed-page.ts';
import { resetPasswordPage } from '../../../pages/reset-password-page.ts';
import type { App, HttpDependencies } from '../../environment.ts';
import { readForm } from '../../request-body.ts';
import { accountFindings, accountErrors, formMembers } from './account-form.ts';

const BACK = { label: 'Use another address', href: PAGES.forgotPassword };

export function mountPasswordResetPages(app: App, { operations, options }: HttpDependencies): void {
  app.get(PAGES.forgotPassword, (c) => c.html(forgotPasswordPage({ values: { email: '' }, errors: {} })));

  app.post(PAGES.forgotPassword, async (c) => {
    const form = await readForm(c);
    const input = passwordResetRequest.safeParse(formMembers(form, ['email']));
    const result = input.success
      ? await requestPasswordReset(operations, input.data, c.var.caller)
      : { kind: 'invalid_email' as const };
    const email = form.get('email') ?? '';
    if (result.kind === 'invalid_email') {
      return c.html(forgotPasswordPage({ values: { email }, errors: accountFindings({ kind: 'invalid_email' }) }), 400);
    }
    return c.html(mailSentPage({ kind: 'reset_password', email, development: options.development, back: BACK }));
  });

  // Opening the link changes nothing: scanners of mail servers open links too.
  app.get(PAGES.resetPassword, (c) => {
    const token = c.req.query('token');
    if (token === undefined) return c.html(mailedLinkFailedPage({ kind: 'reset' }), 400);
    return c.html(resetPasswordPage({ token, errors: {} }));
  });

  app.post(PAGES.resetPassword, async (c) => {
    const form = await readForm(c);
    const token = form.get('token') ?? '';
    const input = confirmPasswordResetRequest.safeParse(formMembers(form, ['token', 'password']));
    if (!input.success) return c.html(resetPasswordPage({ token, errors: accountErrors(input.error) }), 400);
    const result = await resetPassword(operations, input.data, c.var.caller);
    switch (result.kind) {
      case 'reset':
        return c.redirect(`${PAGES.signIn}?notice=password-reset`, 303);
      case 'invalid_token':
        return c.html(mailedLinkFailedPage({ kind: 'reset' }), 400);
      case 'password_not_allowed':
        return c.html(resetPasswordPage({ token, errors: accountFindings(result) }), 400);
    }
  });
}
