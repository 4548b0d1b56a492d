import { PAGES } from '@latchkey/protocol';
import { FORM_ACTIONS } from './form-actions.ts';
import { emailField, errorSummary, titleWithErrors, type FieldErrors } from './form-field.ts';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

export interface ForgotPasswordModel {
  readonly values: { readonly email: string };
  readonly errors: FieldErrors<'email'>;
}

/** Posts `email` to `/forgot-password`. */
export function forgotPasswordPage({ values, errors }: ForgotPasswordModel): string {
  const title = 'Forgot your password?';
  const content = html`<div class="card">
<span class="medallion">${icon('key')}</span>
<h1>${title}</h1>
<p class="lead">Tell us your e-mail address, and we send you a link with which you choose a new one.</p>
${errorSummary(errors)}
<form method="post" action="${FORM_ACTIONS.forgotPassword}">
${emailField({
  value: values.email,
  autocomplete: 'username',
  error: errors.email,
})}
<button class="button button-primary button-wide" type="submit">Send me a link</button>
</form>
</div>
<p class="aside">You know it after all? <a href="${PAGES.signIn}">Sign in</a></p>`;
  return layout({ title: titleWithErrors(title, errors), width: 'form', content });
}
