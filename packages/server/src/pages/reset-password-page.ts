import { FORM_ACTIONS } from './form-actions.ts';
import { errorSummary, hiddenField, passwordField, titleWithErrors, type FieldErrors } from './form-field.ts';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

export interface ResetPasswordModel {
  /** From the mailed link; posted back with the form. */
  readonly token: string;
  readonly errors: FieldErrors<'password'>;
  /** The address was just confirmed, and more than one password was signed up with: none of them counts. */
  readonly isFirst?: boolean;
}

/** Opened from the mailed link. Posts `token` and `password` to `/reset-password`. */
export function resetPasswordPage({ token, errors, isFirst = false }: ResetPasswordModel): string {
  const title = isFirst ? 'Choose your password' : 'Choose a new password';
  const lead = isFirst
    ? 'Your address is confirmed. It was signed up for more than once, with different passwords, so none of them counts. Choose the one that you will use.'
    : 'Every device will be signed out. Then you sign in with the new password.';
  const content = html`<div class="card">
<span class="medallion">${icon('key')}</span>
<h1>${title}</h1>
<p class="lead">${lead}</p>
${errorSummary(errors)}
<form method="post" action="${FORM_ACTIONS.resetPassword}">
${hiddenField('token', token)}
${passwordField({
  name: 'password',
  label: isFirst ? 'Password' : 'New password',
  autocomplete: 'new-password',
  hint: 'At least 8 characters; a few random words make a strong one.',
  error: errors.password,
})}
<button class="button button-primary button-wide" type="submit">Set the password</button>
</form>
</div>`;
  return layout({ title: titleWithErrors(title, errors), width: 'form', content });
}
