import { PAGES } from '@latchkey/protocol';
import { FORM_ACTIONS } from './form-actions.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';

/** Asks before it signs out, for another site may have led here. Posts to `/sign-out`. */
export function logOutPage(): string {
  const content = html`<div class="card">
<h1>Sign out?</h1>
<p>You would be signed out of this browser.</p>
<form method="post" action="${FORM_ACTIONS.signOut}">
<button class="button button-primary button-wide" type="submit">Sign out</button>
</form>
<p class="hint">You did not ask for this? Then <a href="${PAGES.account}">go to your account</a>: nothing happens.</p>
</div>`;
  return layout({ title: 'Sign out?', width: 'form', content });
}
