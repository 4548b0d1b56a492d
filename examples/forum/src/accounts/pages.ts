import type { BrowserAccount } from '../http/environment.ts';
import { withQuery } from '../pages/addresses.ts';
import type { PageFrame } from '../pages/frame.ts';
import { hiddenField } from '../pages/form-field.ts';
import { icon } from '../pages/icons.ts';
import { html } from '../pages/markup.ts';
import { messagePage } from '../pages/message-page.ts';
import { addressInSlot } from '../pages/slot-address.ts';

export interface SignInPageModel {
  /** A safe path. */
  readonly next: string;
  readonly isAnotherAccount: boolean;
  /** Where it did not work the last time. */
  readonly problem?: string;
}

export function signInPage({ next, isAnotherAccount, problem }: SignInPageModel): PageFrame {
  const title = isAnotherAccount ? 'Sign in with another account' : 'Sign in';
  const content = html`<div class="card card-centred">
<span class="medallion">${icon('person')}</span>
<h1>${title}</h1>
${problem !== undefined && html`<div class="alert alert-error" role="alert">${icon('alert')}<div><p>${problem}</p></div></div>`}
<p class="lead">${isAnotherAccount ? 'Both stay signed in, each in its own tabs.' : 'Latchkey knows who you are: Sawal keeps no password.'}</p>
<form method="post" action="/sign-in${isAnotherAccount && '?slot=new'}">
${hiddenField('next', next)}
<p class="choice"><input type="checkbox" id="remember" name="remember" value="yes"><label for="remember">Stay signed in on this device</label></p>
<button class="button button-primary button-wide" type="submit">Continue with Latchkey</button>
</form>
</div>`;
  return { title, width: 'form', content, isHidden: true };
}

/** @param again - Where to begin anew. */
export function signInFailedPage(
  why: { readonly title: string; readonly message: string },
  again: { readonly next: string; readonly isAnotherAccount: boolean },
): PageFrame {
  const href = withQuery('/sign-in', { next: again.next, slot: again.isAnotherAccount ? 'new' : undefined });
  return messagePage({
    ...why,
    actions: [
      { label: 'Try again', href },
      { label: 'See the questions', href: '/' },
    ],
  });
}

export function noFreeSlotPage(): PageFrame {
  return messagePage({
    title: 'This browser has no room for another account',
    message: 'Eleven accounts can be signed in at once. Sign out of one of them first.',
    actions: [{ label: 'See your accounts', href: '/accounts' }],
  });
}

/** The accounts of this browser: to switch, to sign out, to add one. */
export function accountsPage(accounts: readonly BrowserAccount[], issuer: string): PageFrame {
  const title = 'Your accounts';
  const content = html`<div class="card">
<h1>${title}</h1>
<p class="lead">Each tab keeps to the account that it was opened with.</p>
${accounts.length === 0 && html`<p>Nobody is signed in in this browser.</p>`}
${accounts.map(
  ({ slot, id, name }) => html`<section class="account-entry" aria-label="${name}">
<h2><a href="${addressInSlot('/', slot)}">${name}</a></h2>
<p class="hint">${id}</p>
<form class="actions" method="post" action="${addressInSlot('/sign-out', slot)}">
<button class="button button-small" type="submit">Sign out</button>
<button class="button button-small" type="submit" name="everywhere" value="yes">Sign out, at Latchkey too</button>
</form>
</section>`,
)}
<div class="actions"><a class="button button-primary" href="/sign-in?slot=new">Use another account</a>
<a class="button" href="${issuer}/account">Your account at Latchkey</a></div>
</div>`;
  return { title, width: 'form', content, isHidden: true };
}
