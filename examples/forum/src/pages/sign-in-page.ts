import type { PageAccount, PageFrame } from './frame.ts';
import { avatar } from './author.ts';
import { hiddenField } from './form-field.ts';
import { icon } from './icons.ts';
import { html, type Content } from './markup.ts';
import { addressInSlot } from './slot-address.ts';

export interface SignInModel {
  /** Where to go on afterwards: a path of this origin, checked. */
  readonly next: string;
  /** What the form posts as `slot`, by its address: a number, `new`, or nothing for the first account. */
  readonly slot: string | undefined;
  /** Who is signed in here already. */
  readonly accounts: readonly PageAccount[];
  /** Latchkey's host, where the button leads: people should know before they go. */
  readonly issuerHost: string;
  readonly error?: string | undefined;
}

/** Before the redirect to Latchkey. Posts `remember` (`on`) and `next` to `/sign-in`. */
export function signInPage({ next, slot, accounts, issuerHost, error }: SignInModel): PageFrame {
  const action = slot === undefined || slot === '' ? '/sign-in' : `/sign-in?slot=${encodeURIComponent(slot)}`;
  const content = html`<div class="card card-form">
<div class="card-title"><span class="medallion">${icon('person')}</span>
<h1>Sign in to Sawal</h1>
<p class="lead">Your account is at Latchkey. Sawal never sees your password.</p></div>
${error !== undefined && html`<div class="alert alert-error" role="alert" tabindex="-1" autofocus>${icon('alert')}<div><p>${error}</p></div></div>`}
<form method="post" action="${action}">
${hiddenField('next', next)}
<label class="check"><input type="checkbox" name="remember" value="on"><span>Stay signed in on this device<span class="hint">Not on a device that others use. Otherwise it ends with the browser.</span></span></label>
<button class="button button-primary button-wide" type="submit">Continue with Latchkey</button>
<p class="hint centred">Goes on to <strong class="wrap-anywhere">${issuerHost}</strong>, and comes back here.</p>
</form>
${accountChoice(accounts, next)}
</div>`;
  return { title: 'Sign in', width: 'form', content, isHidden: true };
}

function accountChoice(accounts: readonly PageAccount[], next: string): Content {
  if (accounts.length === 0) return null;
  return html`<section class="divided" aria-labelledby="signed-in-here">
<h2 id="signed-in-here">Signed in in this browser</h2>
<ul class="account-list">${accounts.map(
    ({ slot, name }) =>
      html`<li><a class="account-choice" href="${addressInSlot(next, slot)}">${avatar(name)}<span>Go on as ${name}</span></a></li>`,
  )}</ul>
</section>`;
}
