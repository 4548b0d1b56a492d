import { FORM_ACTIONS } from './form-actions.ts';
import {
  errorSummary,
  hiddenField,
  passwordField,
  textField,
  emailField,
  titleWithErrors,
  type FieldErrors,
} from './form-field.ts';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

export interface FirstAdministratorModel {
  /** From the link on the server's console. */
  readonly token: string;
  readonly values: { readonly email: string; readonly name: string };
  readonly errors: FieldErrors<'email' | 'name' | 'password'>;
}

/** Posts `token`, `email`, `name` (may be empty) and `password` to `/first-administrator`. */
export function firstAdministratorPage({ token, values, errors }: FirstAdministratorModel): string {
  const title = 'Make the first administrator';
  const content = html`<div class="card">
<span class="medallion">${icon('key')}</span>
<h1>${title}</h1>
<p class="lead">You came from the server’s console, so this account may manage everything here. The link works once.</p>
${errorSummary(errors)}
<form method="post" action="${FORM_ACTIONS.firstAdministrator}">
${hiddenField('token', token)}
${emailField({
  value: values.email,
  autocomplete: 'email',
  error: errors.email,
})}
${textField({
  name: 'name',
  label: 'Name',
  type: 'text',
  value: values.name,
  autocomplete: 'name',
  optional: true,
  error: errors.name,
})}
${passwordField({
  name: 'password',
  label: 'Password',
  autocomplete: 'new-password',
  hint: 'At least 8 characters; a few random words make a strong one.',
  error: errors.password,
})}
<button class="button button-primary button-wide" type="submit">Make the administrator</button>
</form>
</div>`;
  return layout({ title: titleWithErrors(title, errors), width: 'form', content });
}
