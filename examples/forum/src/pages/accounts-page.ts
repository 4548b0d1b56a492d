import { avatar } from './author.ts';
import type { PageAccount, PageFrame } from './frame.ts';
import { html, type Content } from './markup.ts';
import { emptyState } from './question-list.ts';
import { addressInSlot } from './slot-address.ts';

export interface AccountsModel {
  readonly accounts: readonly PageAccount[];
  readonly current: number | undefined;
  /** Whether a further account has room. */
  readonly hasRoom: boolean;
}

/** `/accounts`: who is signed in in this browser. Each has a slot, and each tab keeps to its own. */
export function accountsPage({ accounts, current, hasRoom }: AccountsModel): PageFrame {
  const content = html`<h1>Accounts in this browser</h1>
<p class="lead">Each account has tabs of its own. Open two, and be two people at once.</p>
${
  accounts.length === 0
    ? emptyState('person', 'Nobody is signed in here', 'Sign in to ask, answer and vote.')
    : html`<ul class="card account-list">${accounts.map((account) => accountEntry(account, account.slot === current))}</ul>`
}
<p class="actions">${hasRoom && html`<a class="button button-primary" href="/sign-in?slot=new">${accounts.length === 0 ? 'Sign in' : 'Use another account'}</a>`}</p>`;
  return { title: 'Accounts in this browser', width: 'column', content, isHidden: true };
}

function accountEntry({ slot, name }: PageAccount, isCurrent: boolean): Content {
  return html`<li>
<a class="account-choice" href="${addressInSlot('/', slot)}"${isCurrent && html` aria-current="true"`}>${avatar(name)}<span>${name}${isCurrent && html` <span class="badge">This tab</span>`}</span></a>
<form method="post" action="${addressInSlot('/sign-out', slot)}"><button class="button button-small" type="submit">Sign out<span class="visually-hidden"> ${name}</span></button></form>
</li>`;
}
