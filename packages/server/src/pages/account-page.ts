import { PAGES } from '@latchkey/protocol';
import { endSessionAction, FORM_ACTIONS } from './form-actions.ts';
import { noticeBanner, type Notice } from './form-field.ts';
import { icon } from './icons.ts';
import { day, instant } from './instant.ts';
import { layout } from './layout.ts';
import { html, type Content, type Markup } from './markup.ts';

/** A session as the account page shows it. Instants are milliseconds since the epoch. */
export interface AccountSession {
  readonly id: string;
  /** The session that this page is shown to. */
  readonly current: boolean;
  /** For example "Firefox on Linux". */
  readonly label: string;
  /** Network address it was last used from; null when unknown. */
  readonly network: string | null;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  readonly remember: boolean;
}

/** A session that was ended because two used it. */
export interface StolenSession {
  readonly label: string;
  readonly network: string | null;
  /** Milliseconds since the epoch. */
  readonly endedAt: number;
}

export interface AccountModel {
  readonly user: {
    readonly name: string | null;
    readonly email: string;
    readonly roles: readonly string[];
    /** Milliseconds since the epoch. */
    readonly createdAt: number;
  };
  readonly sessions: readonly AccountSession[];
  /** Of the last weeks, the newest first. */
  readonly stolen: readonly StolenSession[];
  readonly notice?: Notice | undefined;
}

const HANDHELD = /android|\bios\b|iphone|ipad|ipod|mobile|phone|tablet/i;

function initial(text: string): string {
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text.trim());
  return [...graphemes][0]?.segment.toUpperCase() ?? '?';
}

function profile(user: AccountModel['user']): Markup {
  const shown = user.name || user.email;
  return html`<section class="profile">
<span class="avatar" aria-hidden="true">${initial(shown)}</span>
<div>
<h1 class="wrap-anywhere">${shown}</h1>
${shown !== user.email && html`<p class="wrap-anywhere">${user.email}</p>`}
<p class="hint">Member since ${day(user.createdAt)}${user.roles.map((role) => html` <span class="badge">${role}</span>`)}</p>
</div>
</section>`;
}

function endForm(session: AccountSession): Markup {
  if (session.current) {
    return html`<form method="post" action="${FORM_ACTIONS.signOut}"><button class="button" type="submit">Sign out here</button></form>`;
  }
  return html`<form method="post" action="${endSessionAction(session.id)}"><button class="button" type="submit">Sign out<span
class="visually-hidden"> ${session.label}, last used ${instant(session.lastUsedAt)}</span></button></form>`;
}

function device(session: AccountSession): Markup {
  return html`<li class="card device${session.current && ' device-current'}">
<span class="device-icon">${icon(HANDHELD.test(session.label) ? 'phone' : 'desktop')}</span>
<div class="device-text">
<h3 class="wrap-anywhere">${session.label}${session.current && html` <span class="badge badge-accent">This device</span>`}</h3>
<dl>
<div><dt>Last used</dt><dd>${instant(session.lastUsedAt)}</dd></div>
<div><dt>Signed in</dt><dd>${instant(session.createdAt)}</dd></div>
<div><dt>Network</dt><dd class="wrap-anywhere">${session.network ?? 'unknown'}</dd></div>
<div${!session.remember && html` class="wide"`}><dt>Ends</dt><dd>${!session.remember && 'when the browser closes, at the latest '}${instant(session.expiresAt)}</dd></div>
</dl>
</div>
${endForm(session)}
</li>`;
}

function warnings(stolen: readonly StolenSession[]): Content {
  if (stolen.length === 0) return '';
  return html`<section class="card incidents" aria-labelledby="incidents">
<h2 id="incidents">Used from two places</h2>
<p class="hint">As happens when somebody copies a cookie. We ended these sessions for both. If you do not know what it
was, sign out everywhere.</p>
<ul>${stolen.map((session) => html`<li class="wrap-anywhere"><strong>${session.label}</strong>, ${session.network ?? 'unknown network'}, ended ${instant(session.endedAt)}</li>`)}</ul>
</section>`;
}

function bulkActions(others: number): Markup {
  return html`<section class="card bulk" aria-labelledby="bulk">
<h2 id="bulk">Something looks wrong?</h2>
<p class="hint">End what you do not know. Whoever used it has to sign in again, with your password.</p>
<div class="actions">
${others > 0 && html`<form method="post" action="${FORM_ACTIONS.endOtherSessions}"><button class="button" type="submit">Sign out the other devices</button></form>`}
<form method="post" action="${FORM_ACTIONS.endAllSessions}"><button class="button button-danger" type="submit">Sign out everywhere</button></form>
</div>
</section>`;
}

function settings(email: string): Markup {
  return html`<section class="settings" aria-labelledby="settings">
<h2 id="settings">Sign-in and account</h2>
<dl class="card">
<div><dt>Password</dt><dd><a class="button" href="${PAGES.accountPassword}">Change the password</a></dd></div>
<div><dt>E-mail address<span class="hint wrap-anywhere">${email}</span></dt><dd><a class="button" href="${PAGES.accountEmail}">Change the address</a></dd></div>
<div><dt>Account</dt><dd><a class="button button-danger" href="${PAGES.accountDeletion}">Delete the account</a></dd></div>
</dl>
</section>`;
}

/**
 * The account with its devices: this one first, then the most recently used. Posts, each without members, to
 * `/sign-out`, `/account/sessions/{id}/end`, `/account/sessions/end-others` and `/account/sessions/end-all`.
 */
export function accountPage({ user, sessions, stolen, notice }: AccountModel): string {
  const ordered = sessions.toSorted((a, b) => Number(b.current) - Number(a.current) || b.lastUsedAt - a.lastUsedAt);
  const others = sessions.filter((session) => !session.current).length;
  const content = html`${noticeBanner(notice)}
${profile(user)}
${warnings(stolen)}
<section aria-labelledby="devices">
<h2 id="devices">Where you are signed in</h2>
<p class="hint">${others === 0 ? 'Only on this device.' : `On ${sessions.length} devices.`}</p>
<ul class="devices">${ordered.map(device)}</ul>
</section>
${bulkActions(others)}
${settings(user.email)}`;
  const navigation = html`<form method="post" action="${FORM_ACTIONS.signOut}"><button class="button button-quiet" type="submit">Sign out</button></form>`;
  return layout({ title: 'Your account', width: 'column', content, navigation });
}
