import { FORM_ACTIONS } from './form-actions.ts';
import { errorSummary, hiddenField, passwordField, titleWithErrors, type FieldErrors } from './form-field.ts';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

export interface ResetPasswordModel {
  /** From the mailed link; posted back with the form. */
  readonly token: string;
  readonly errors: FieldErrors<'password'>;
}

/** Opened from the mailed link. Posts `token` and `password` to `/reset-password`. */
export function resetPasswordPage({ token, errors }: ResetPasswordModel): string {
  const title = 'Choose a new password';
  const content = html`<div class="card">
<span class="medallion">${icon('key')}</span>
<h1>${title}</h1>
<p class="lead">Every device will be signed out. Then you sign in with the new password.</p>
${errorSummary(errors)}
<form method="post" action="${FORM_ACTIONS.resetPassword}">
${hiddenField('token', token)}
${passwordField({
  name: 'password',
  label: 'New password',
  autocomplete: 'new-password',
  hint: 'At least 8 characters; a few random words make a strong one.',
  error: errors.password,
})}
<button class="button button-primary button-wide" type="submit">Set the password</button>
</form>
</div>`;
  return layout({ title: titleWithErrors(title, errors), width: 'form', content });
}
