import { FORM_ACTIONS } from './form-actions.ts';
import { hiddenField } from './form-field.ts';
import { html, type Markup } from './markup.ts';

/** A button that has the verification mail sent again: posts `email` to `/verify-email/resend`. */
export function resendForm(email: string, label: string): Markup {
  return html`<form method="post" action="${FORM_ACTIONS.resendVerification}">
${hiddenField('email', email)}
<button class="button" type="submit">${label}</button>
</form>`;
}
