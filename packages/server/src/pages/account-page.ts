import { PAGES } from '@latchkey/protocol';
import { accountSwitcher, type AccountSwitcherModel } from './account-switcher.ts';
import { avatar } from './avatar.ts';
import { endSessionAction, FORM_ACTIONS, removeAccessAction } from './form-actions.ts';
import { noticeBanner, type Notice } from './form-field.ts';
import { icon, type IconName } from './icons.ts';
import { day, instant } from './instant.ts';
import { layout } from './layout.ts';
import { html, type Content, type Markup } from './markup.ts';
import { scopeMeanings } from './scope-meanings.ts';

/** A session as the account page shows it. Instants are milliseconds since the epoch. */
export interface AccountSession {
  readonly id: string;
  /** The session that this page is shown to. */
  readonly current: boolean;
  /** For example "Firefox on Linux", or the name of an app that holds it. */
  readonly label: string;
  /** Held by an app, instead of a browser. */
  readonly app: boolean;
  /** Network address it was last used from; null when unknown. */
  readonly network: string | null;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly expiresAt: number;
  readonly remember: boolean;
}

/** A client that has access, as the account page shows it. */
export interface AccountApp {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Milliseconds since the epoch; null where it is not signed in now. */
  readonly lastUsedAt: number | null;
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
  readonly apps: readonly AccountApp[];
  /** Of the last weeks, the newest first. */
  readonly stolen: readonly StolenSession[];
  readonly switcher: AccountSwitcherModel;
  readonly notice?: Notice | undefined;
}

const HANDHELD = /android|\bios\b|iphone|ipad|ipod|mobile|phone|tablet/i;

function profile(user: AccountModel['user']): Markup {
  const shown = user.name || user.email;
  return html`<section class="profile">
${avatar(shown)}
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

function deviceIcon({ app, label }: AccountSession): IconName {
  if (app) return 'key';
  return HANDHELD.test(label) ? 'phone' : 'desktop';
}

function device(session: AccountSession): Markup {
  return html`<li class="card device${session.current && ' device-current'}">
<span class="device-icon">${icon(deviceIcon(session))}</span>
<div class="device-text">
<h3 class="wrap-anywhere">${session.label}${session.current && html` <span class="badge badge-accent">This device</span>`}${session.app && html` <span class="badge">App</span>`}</h3>
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

function connectedApp({ id, name, scopes, since, lastUsedAt }: AccountApp): Markup {
  const meanings = scopes.length === 0 ? ['Know the id of your account'] : scopeMeanings(scopes);
  return html`<li class="card device">
<span class="device-icon">${icon('key')}</span>
<div class="device-text">
<h3 class="wrap-anywhere">${name}</h3>
<dl>
<div><dt>Since</dt><dd>${instant(since)}</dd></div>
<div><dt>Last used</dt><dd>${lastUsedAt === null ? 'not signed in now' : instant(lastUsedAt)}</dd></div>
<div class="wide"><dt>May</dt><dd><ul>${meanings.map((meaning) => html`<li class="wrap-anywhere">${meaning}</li>`)}</ul></dd></div>
</dl>
</div>
<form method="post" action="${removeAccessAction(id)}"><button class="button" type="submit">Remove access<span
class="visually-hidden"> of ${name}</span></button></form>
</li>`;
}

function connectedApps(apps: readonly AccountApp[]): Content {
  if (apps.length === 0) return '';
  return html`<section class="apps" aria-labelledby="apps">
<h2 id="apps">Apps with access</h2>
<p class="hint">They may use your account as it says here, also while you are away.</p>
<ul class="devices">${apps.map(connectedApp)}</ul>
</section>`;
}

function whereSignedIn(sessions: readonly AccountSession[]): string {
  const devices = sessions.filter((session) => !session.app).length;
  const apps = sessions.length - devices;
  const browsers = devices === 1 ? 'Only on this device' : `On ${devices} devices`;
  return apps === 0 ? `${browsers}.` : `${browsers}, and in ${apps === 1 ? 'one app' : `${apps} apps`}.`;
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
 * `/sign-out`, `/account/sessions/{id}/end`, `/account/apps/{client id}/remove`, `/account/sessions/end-others` and `/account/sessions/end-all`.
 */
export function accountPage({ user, sessions, apps, stolen, switcher, notice }: AccountModel): string {
  const ordered = sessions.toSorted((a, b) => Number(b.current) - Number(a.current) || b.lastUsedAt - a.lastUsedAt);
  const others = sessions.filter((session) => !session.current).length;
  const content = html`${noticeBanner(notice)}
${profile(user)}
${warnings(stolen)}
<section aria-labelledby="devices">
<h2 id="devices">Where you are signed in</h2>
<p class="hint">${whereSignedIn(sessions)}</p>
<ul class="devices">${ordered.map(device)}</ul>
</section>
${connectedApps(apps)}
${bulkActions(others)}
${settings(user.email)}`;
  const navigation = accountSwitcher(switcher);
  return layout({ title: 'Your account', width: 'column', content, navigation });
}
