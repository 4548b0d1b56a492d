import type { PageFrame } from './frame.ts';
import { icon } from './icons.ts';
import { html } from './markup.ts';

/** What happens behind the pages, as it is. */
export function aboutPage(issuerHost: string): PageFrame {
  const content = html`<h1>How Sawal works</h1>
<p class="lead">A forum, and an example: a second server that trusts Latchkey by token alone.</p>
<div class="card prose">
<h2>Two servers</h2>
<p>Your account, your password and your mail address are at Latchkey (<code>${issuerHost}</code>). Questions, answers and votes are here. The two share no database and no secret. Sawal knows an identifier and a display name of you, and what you write.</p>
<h2>Signing in</h2>
<p>The button sends your browser to Latchkey, by OAuth with PKCE. It comes back with a code that works once. Sawal exchanges it for tokens and keeps those on its server, sealed. Your browser gets one cookie, which no script can read, and which is replaced again and again while you use it: a copy of an old one is noticed, and ends the session.</p>
<h2>Each request</h2>
<p>On each request that is made in your name, Sawal checks the access token of your session by itself, with Latchkey’s public keys. It also follows Latchkey’s feed of revocations. When you sign out everywhere, or an administrator bans the account, Sawal hears of it within about a second, and from then on the token counts for nothing here.</p>
<p>If Sawal loses the feed, it knows that it may have missed something. Then everybody can read on, and nobody can post until the feed is back.</p>
<h2>Signing out, and deletion</h2>
<p>Signing out here ends the session here. If the session at Latchkey ends, Latchkey tells Sawal (back-channel logout). If you delete your account at Latchkey, Sawal takes your name and profile off your posts. The posts themselves stay.</p>
<h2>What this does not protect from</h2>
<p>Whoever holds your unlocked device is you. A script that got into this page could act in your name while the page is open; it could not carry the session away. Posts are public, and so is your name beside them; of votes only their number is shown.</p>
</div>
<p class="hint with-icon">${icon('info')}These pages work without JavaScript, and load nothing from other sites.</p>`;
  return { title: 'How Sawal works', width: 'column', content, section: 'about' };
}
