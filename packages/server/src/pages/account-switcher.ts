import { PAGES } from '@latchkey/protocol';
import { avatar } from './avatar.ts';
import { FORM_ACTIONS } from './form-actions.ts';
import { hiddenField } from './form-field.ts';
import { html, type Content, type Markup } from './markup.ts';
import { addressInSlot } from './slot-address.ts';

/** An account that this browser is signed in to. */
export interface PageAccount {
  /** Undefined for the one without a slot. */
  readonly slot: number | undefined;
  readonly name: string | null;
  readonly email: string;
}

export interface AccountSwitcherModel {
  readonly accounts: readonly PageAccount[];
  /** Slot of the account that the page is shown to. */
  readonly current: number | undefined;
  /** Where a further account would go; undefined where there is no room. */
  readonly freeSlot: number | undefined;
}

/** The accounts of this browser, behind one word of the header. Posts to `/sign-out`, in the slot of the account. */
export function accountSwitcher({ accounts, current, freeSlot }: AccountSwitcherModel): Markup {
  return html`<details class="accounts">
<summary>Accounts</summary>
<div class="card accounts-menu">
<ul>${accounts.map((account) => switchTo(account, account.slot === current))}</ul>
${freeSlot !== undefined && html`<a class="button button-wide" href="${addressInSlot(PAGES.signIn, freeSlot)}">Use another account</a>`}
</div>
</details>`;
}

function switchTo(account: PageAccount, isCurrent: boolean): Markup {
  const { slot, email } = account;
  return html`<li>
<a class="account-choice" href="${addressInSlot(PAGES.account, slot)}"${isCurrent && html` aria-current="page"`}>${face(account)}</a>
<form method="post" action="${addressInSlot(FORM_ACTIONS.signOut, slot)}"><button class="button button-quiet" type="submit">Sign out<span class="visually-hidden"> ${email}</span></button></form>
</li>`;
}

interface AccountChoiceModel {
  readonly accounts: readonly PageAccount[];
  /** Where whoever is chosen goes on: a path of this origin. */
  readonly next: string;
  /** Of a client that wants the user to choose. Posted back by the buttons, to `/oauth/authorize/account`. */
  readonly continuation?: string | undefined;
}

/** Who could go on without signing in. Empty where nobody is signed in, and where the next page would not know who it is. */
export function accountChoice({ accounts, next, continuation }: AccountChoiceModel): Content {
  if (accounts.length === 0 || addressInSlot(next, undefined) === next) return '';
  return html`<section class="signed-in-here" aria-labelledby="signed-in-here">
<h2 id="signed-in-here">Signed in on this device</h2>
<ul>${accounts.map((account) => html`<li>${choose(account, next, continuation)}</li>`)}</ul>
</section>`;
}

function choose(account: PageAccount, next: string, continuation: string | undefined): Markup {
  if (continuation === undefined) {
    return html`<a class="account-choice" href="${addressInSlot(next, account.slot)}">${face(account)}</a>`;
  }
  return html`<form method="post" action="${addressInSlot(FORM_ACTIONS.chooseAccount, account.slot)}">
${hiddenField('continuation', continuation)}
<button class="account-choice" type="submit">${face(account)}</button>
</form>`;
}

function face({ name, email }: PageAccount): Markup {
  const shown = name || email;
  return html`${avatar(shown, 'small')}<span class="account-words"><span class="wrap-anywhere account-name">${shown}</span>${shown !== email && html` <span class="wrap-anywhere hint">${email}</span>`}</span>`;
}
