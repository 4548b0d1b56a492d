import { FORM_ACTIONS } from './form-actions.ts';
import { hiddenField } from './form-field.ts';
import { icon } from './icons.ts';
import { layout } from './layout.ts';
import { html } from './markup.ts';
import { scopeMeanings } from './scope-meanings.ts';

export interface ConsentModel {
  /** What people call the client. */
  readonly clientName: string;
  /** Whoever is signed in. */
  readonly email: string;
  /** Where the browser is sent afterwards: its host, which says more than a name that anybody may choose. */
  readonly host: string;
  readonly scopes: readonly string[];
  /** Posted back by the buttons. */
  readonly continuation: string;
}

/** Posts `continuation` and `decision` (`allow` or `deny`) to `/oauth/authorize/consent`. */
export function consentPage({ clientName, email, host, scopes, continuation }: ConsentModel): string {
  const meanings = scopeMeanings(scopes);
  const content = html`<div class="card">
<h1 class="wrap-anywhere">Let ${clientName} use your account?</h1>
<p class="wrap-anywhere">You are signed in as <strong>${email}</strong>.</p>
${
  meanings.length > 0
    ? html`<p class="wrap-anywhere">${clientName} would be able to:</p>
<ul class="permissions">${meanings.map((meaning) => html`<li class="wrap-anywhere">${icon('check')}<span>${meaning}</span></li>`)}</ul>`
    : html`<p>It would know the id of your account, and nothing else.</p>`
}
<form method="post" action="${FORM_ACTIONS.consent}">
${hiddenField('continuation', continuation)}
<button class="button button-primary button-wide" type="submit" name="decision" value="allow">Allow</button>
<button class="button button-wide" type="submit" name="decision" value="deny">Do not allow</button>
</form>
<p class="hint wrap-anywhere">Either way you go on to <strong>${host}</strong>. Allow it only if that is where you came from.</p>
</div>`;
  return layout({ title: 'Let it use your account?', width: 'form', content });
}
