import { authorAddress, signInAddress } from './addresses.ts';
import { assetPath } from './assets.ts';
import { avatar } from './author.ts';
import type { PageAccount, PageFrame, Section, Visitor } from './frame.ts';
import { icon } from './icons.ts';
import { attributes, html, type Content, type Markup } from './markup.ts';
import { addressInSlot } from './slot-address.ts';

const LINKS: readonly { readonly section: Section; readonly href: string; readonly label: string }[] = [
  { section: 'questions', href: '/', label: 'Questions' },
  { section: 'tags', href: '/tags', label: 'Tags' },
  { section: 'about', href: '/about', label: 'About' },
];

export function siteHeader(visitor: Visitor, { section, search }: Pick<PageFrame, 'section' | 'search'>): Markup {
  return html`<header class="site-header">
<div class="site-bar">
<a class="brand" href="/"><img src="${assetPath('icon.svg')}" alt="" width="32" height="32"><span>Sawal</span></a>
<form class="site-search" action="/search" role="search"><label class="visually-hidden" for="site-search">Search the questions</label>${icon('search')}<input id="site-search" type="search" name="q" maxlength="200" placeholder="Search"${attributes({ value: search })}></form>
<div class="site-account">${visitor.viewer === undefined ? strangerLinks(visitor) : viewerLinks(visitor, visitor.viewer)}</div>
</div>
<nav class="site-nav" aria-label="Site">
<ul>${LINKS.map(({ section: to, href, label }) => html`<li><a href="${href}"${to === section && html` aria-current="page"`}>${label}</a></li>`)}</ul>
<a class="button button-primary button-small" href="/questions/ask"${section === 'ask' && html` aria-current="page"`}>${icon('plus')}<span>Ask<span> a question</span></span></a>
</nav>
</header>`;
}

function strangerLinks({ here, accounts, slot }: Visitor): Content {
  return html`${accounts.length > 0 && accountMenu('Accounts', html`${accountList(accounts, slot)}`)}<a class="button button-small" href="${signInAddress(here)}">Sign in</a>`;
}

function viewerLinks({ slot, accounts, unread }: Visitor, viewer: NonNullable<Visitor['viewer']>): Content {
  const menu = html`<ul class="menu-links">
<li><a href="${authorAddress(viewer.id)}">My questions and answers</a></li>
<li><a href="/profile">My profile</a></li>
${viewer.isModerator && html`<li><a href="/moderation">Moderation</a></li>`}
</ul>
${accountList(accounts, slot)}
<form class="menu-end" method="post" action="/sign-out"><button class="button button-small button-wide" type="submit">Sign out</button></form>`;
  return html`${bell(unread)}${accountMenu(viewer.name, menu)}`;
}

/** Where the number is kept up to date by the script. The word for it is there for readers of any kind. */
function bell(unread: number): Markup {
  return html`<a class="bell" href="/notifications" data-live="/notifications/stream">${icon('bell')}<span class="visually-hidden">Notifications</span>${unreadBadge(unread)}</a>`;
}

function unreadBadge(unread: number): Markup {
  return html`<span class="unread" data-unread${unread === 0 && html` hidden`}>${unread > 99 ? '99+' : unread}<span class="visually-hidden"> unread</span></span>`;
}

function accountMenu(label: string, content: Markup): Markup {
  return html`<details class="menu" data-menu>
<summary>${avatar(label)}<span class="menu-name">${label}</span></summary>
<div class="menu-panel">${content}</div>
</details>`;
}

function accountList(accounts: readonly PageAccount[], current: number | undefined): Markup {
  return html`<div class="menu-accounts">
<p class="menu-title" id="menu-accounts">Accounts in this browser</p>
<ul aria-labelledby="menu-accounts">${accounts.map(
    ({ slot, name }) =>
      html`<li><a href="${addressInSlot('/', slot)}"${slot === current && html` aria-current="true"`}>${avatar(name)}<span>${name}</span></a></li>`,
  )}
<li><a href="/sign-in?slot=new">${icon('plus')}<span>Use another account</span></a></li></ul>
</div>`;
}
