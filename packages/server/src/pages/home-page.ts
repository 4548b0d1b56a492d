import { PAGES, ROUTES } from '@latchkey/protocol';
import { icon, type IconName } from './icons.ts';
import { layout } from './layout.ts';
import { html, type Content, type Markup } from './markup.ts';

export interface HomeModel {
  /** Who is signed in, or null. */
  readonly user: { readonly name: string | null; readonly email: string } | null;
  /** Shows what a newcomer can try. */
  readonly development: boolean;
  /** The issuer identifier of this server. */
  readonly issuer: string;
}

function actions(user: HomeModel['user']): Markup {
  if (user !== null) {
    return html`<p class="signed-in">You are signed in as <strong class="wrap-anywhere">${user.name || user.email}</strong>.</p>
<div class="actions"><a class="button button-primary button-large" href="${PAGES.account}">Go to my account</a></div>`;
  }
  return html`<div class="actions">
<a class="button button-primary button-large" href="${PAGES.signUp}">Create an account</a>
<a class="button button-large" href="${PAGES.signIn}">Sign in</a>
</div>`;
}

function point(name: IconName, title: string, text: string): Markup {
  return html`<li>${icon(name)}<div><h2>${title}</h2><p>${text}</p></div></li>`;
}

function step(name: IconName, title: Content, text: Content): Markup {
  return html`<li><span class="step-icon">${icon(name)}</span><div><h3>${title}</h3><p>${text}</p></div></li>`;
}

function whatToTry(issuer: string): Markup {
  return html`<section class="card try" aria-labelledby="try">
<h2 id="try">What to try</h2>
<p class="hint">This server runs in development mode at <code data-copy>${issuer}</code></p>
<ul class="steps">
${step(
  'inbox',
  html`<a href="${ROUTES.devMail}">Dev outbox</a>`,
  'Mail that the server would send. The link that confirms a new account arrives here.',
)}
${step('document', html`<a href="${ROUTES.docs}">API reference</a>`, 'Every endpoint with its members, its answers and its errors.')}
${step(
  'terminal',
  html`<a href="${ROUTES.openapi}">openapi.json</a>`,
  'The same as an OpenAPI document, for tools and generators.',
)}
${step(
  'key',
  'The example API',
  html`A second server, in <code>examples/api</code>: it accepts a token that it verifies by itself, without a database.`,
)}
</ul>
</section>`;
}

export function homePage({ user, development, issuer }: HomeModel): string {
  const content = html`<section class="hero">
<h1>Sign in once.<br>Stay in control.</h1>
<p class="lead">Latchkey signs people in, and gives applications short-lived access tokens that they check by themselves.
You see every device that is signed in as you, and can sign out any of them.</p>
${actions(user)}
</section>
<ul class="points">
${point('lock', 'Out of reach', 'The session is a cookie that no script on any page can read.')}
${point('devices', 'In plain view', 'Every device with its network and its last use. One button ends it.')}
${point('key', 'Gone in minutes', 'An access token is valid for minutes, and is checked without a database.')}
</ul>
${development && whatToTry(issuer)}`;
  const navigation =
    user === null ? html`<a href="${PAGES.signIn}">Sign in</a>` : html`<a href="${PAGES.account}">Account</a>`;
  return layout({ title: 'Welcome', width: 'column', content, navigation });
}
