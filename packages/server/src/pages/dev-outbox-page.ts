import { PAGES, ROUTES } from '@latchkey/protocol';
import { icon } from './icons.ts';
import { instant } from './instant.ts';
import { layout } from './layout.ts';
import { linkText, webLink } from './link-text.ts';
import { html, type Markup } from './markup.ts';

export interface OutboxMail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  /** Plain text body. */
  readonly text: string;
  /** HTML body, shown as its source only; null when the mail has none. */
  readonly html: string | null;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** Links in the mail; only http and https ones are shown. */
  readonly links: readonly string[];
}

export interface DevOutboxModel {
  readonly mails: readonly OutboxMail[];
}

/** What a link leads to, short enough for a button: never its query, which may hold a token. */
function linkLabel(link: string): string {
  const url = new URL(link);
  return url.pathname === '/' ? url.host : url.pathname;
}

function mailCard(mail: OutboxMail): Markup {
  const links = mail.links.filter((link) => webLink(link) !== undefined);
  return html`<li><article class="card mail">
<header>
<h2 class="wrap-anywhere">${mail.subject}</h2>
<p class="hint"><span class="wrap-anywhere">To <strong>${mail.to}</strong></span> <span>${instant(mail.sentAt)}</span></p>
</header>
<div class="mail-text">${linkText(mail.text)}</div>
${
  links.length > 0 &&
  html`<ul class="actions">${links.map(
    (link) =>
      html`<li><a class="button button-primary" href="${link}" rel="noreferrer" data-copy="${link}" data-copy-label="Copy link"><span class="wrap-anywhere">Open ${linkLabel(link)}</span>${icon('arrow')}</a></li>`,
  )}</ul>`
}
${mail.html !== null && html`<details><summary>HTML source</summary><pre tabindex="0" aria-label="HTML source">${mail.html}</pre></details>`}
</article></li>`;
}

/** The mails that development keeps instead of sending, newest first. */
export function devOutboxPage({ mails }: DevOutboxModel): string {
  const newestFirst = mails.toSorted((a, b) => b.sentAt - a.sentAt);
  const content = html`<h1>Dev outbox</h1>
<div class="alert alert-info">${icon('info')}<p>This page exists in development only. No mail has left this machine, and
whoever can open this page can read all of it. For programs: <a href="${ROUTES.devMailJson}">${ROUTES.devMailJson}</a></p></div>
${
  newestFirst.length === 0
    ? html`<div class="card card-centred"><span class="medallion">${icon('inbox')}</span><h2>No mail yet</h2>
<p><a href="${PAGES.signUp}">Create an account</a>, and its confirmation appears here.</p></div>`
    : html`<ul class="mails">${newestFirst.map(mailCard)}</ul>`
}`;
  const navigation = html`<a href="${PAGES.signIn}">Sign in</a>`;
  return layout({ title: 'Dev outbox', width: 'column', content, navigation });
}
