import { PAGES } from '@latchkey/protocol';
import { FORM_ACTIONS } from './form-actions.ts';
import { errorSummary, passwordField, textField, titleWithErrors, type FieldErrors } from './form-field.ts';
import { layout } from './layout.ts';
import { html, type Content } from './markup.ts';

interface ChangeForm {
  readonly title: string;
  readonly errors: FieldErrors<string>;
  readonly lead: Content;
  readonly action: string;
  readonly fields: Content;
  readonly button: Content;
}

function changePage({ title, errors, lead, action, fields, button }: ChangeForm): string {
  const content = html`<div class="card">
<h1>${title}</h1>
<p class="lead">${lead}</p>
${errorSummary(errors)}
<form method="post" action="${action}">
${fields}
${button}
</form>
</div>
<p class="aside"><a href="${PAGES.account}">Back to my account</a></p>`;
  return layout({ title: titleWithErrors(title, errors), width: 'form', content });
}

/** Posts `current` and `password` to `/account/password`. */
export function changePasswordPage({ errors }: { readonly errors: FieldErrors<'current' | 'password'> }): string {
  return changePage({
    title: 'Change your password',
    errors,
    lead: 'Your other devices are signed out; this one stays.',
    action: FORM_ACTIONS.changePassword,
    fields: [
      passwordField({
        name: 'current',
        label: 'Present password',
        autocomplete: 'current-password',
        error: errors.current,
      }),
      passwordField({
        name: 'password',
        label: 'New password',
        autocomplete: 'new-password',
        hint: 'At least 8 characters; a few random words make a strong one.',
        error: errors.password,
      }),
    ],
    button: html`<button class="button button-primary button-wide" type="submit">Change the password</button>`,
  });
}

/** Posts `email` and `password` to `/account/email`. */
export function changeEmailPage(model: {
  readonly current: string;
  readonly values: { readonly email: string };
  readonly errors: FieldErrors<'email' | 'password'>;
}): string {
  const { current, values, errors } = model;
  return changePage({
    title: 'Change your e-mail address',
    errors,
    lead: html`Now it is <strong class="wrap-anywhere">${current}</strong>. It stays so until the new address confirms.`,
    action: FORM_ACTIONS.changeEmail,
    fields: [
      textField({
        name: 'email',
        label: 'New e-mail address',
        type: 'email',
        value: values.email,
        autocomplete: 'email',
        error: errors.email,
      }),
      passwordField({
        name: 'password',
        label: 'Password',
        autocomplete: 'current-password',
        error: errors.password,
      }),
    ],
    button: html`<button class="button button-primary button-wide" type="submit">Send a link to the new address</button>`,
  });
}

/** Posts `password` to `/account/delete`. */
export function deleteAccountPage({ errors }: { readonly errors: FieldErrors<'password'> }): string {
  return changePage({
    title: 'Delete your account',
    errors,
    lead: 'At once and for good, with everything that belongs to it. Nobody can bring it back.',
    action: FORM_ACTIONS.deleteAccount,
    fields: passwordField({
      name: 'password',
      label: 'Password',
      autocomplete: 'current-password',
      error: errors.password,
    }),
    button: html`<button class="button button-danger button-wide" type="submit">Delete my account</button>`,
  });
}
