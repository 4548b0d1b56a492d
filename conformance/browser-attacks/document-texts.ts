/** The prose of docs/where-is-my-token.md. Each sentence is borne out by a cell, or says that it is not. */

export interface Run {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly browserVersion: string;
}

export const beforeTables = ({ date, browserVersion }: Run): string => `# Where is my token?

> Cookie, localStorage or sessionStorage? Executed: a real Chromium, real origins over https, an application that is
> [vulnerable on purpose](../conformance/browser-attacks/demo/shop.ts), and Latchkey itself.

Written by \`npm run attacks\` on ${date} with Chromium ${browserVersion}. Each cell is [a test](../conformance/browser-attacks/attacks.test.ts)
that looks at what the attacker *obtained*; what is expected stands in [one table](../conformance/browser-attacks/expected.ts).

![What each attack obtains, by storage](images/where-is-my-token.svg)

## In short

- **A script in your page wins everywhere**: whatever the storage, it acts as the user while the page is open. HttpOnly decides
  whether it can *take the session along* and go on for hours afterwards.
- **localStorage and sessionStorage do not differ** in what a script gets. The user notices: with sessionStorage a second tab knows nobody.
- **Page memory** hides a token from a script that looks, not from one that listens. A key that cannot be exported (DPoP)
  leaves the listener one request.
- **Cookies go by themselves**: without \`SameSite\`, Chromium sends them with another site's form for two minutes, and with
  \`None\` always. \`Lax\` stops forms, not links: nothing may change on GET.
- **A sibling subdomain is not another site.** \`Strict\` sends the cookie with its forms, and only a name that begins with \`__Host-\`
  keeps it from planting a cookie of its own.
- **A JWT cannot be called back.** Signing out forgets it in the browser; a copy goes on until it expires.
- **Whoever has the whole profile is the user**, with every storage that survives a restart. The difference is whether anybody notices.`;

export const afterTables = `"After sign-out" is the time from the answer to the sign-out until another program was refused with what it had copied
before, on one machine. The demo's JWTs live for an hour, have eight claims and are signed with ES256; nothing revokes them. "Bytes" are those
of the header lines \`Cookie\`, \`Authorization\` and \`DPoP\` of one request, or of the query, as the server got them over HTTP/1.1. An API on
another origin costs a preflight besides, now and then.

## The settings of Latchkey

Each mode has a server of its own, set up [as it is recommended](browser.md):

| mode | \`LATCHKEY_SESSION_TOKENS\` | who asks is found out by |
| --- | --- | --- |
| \`session\` | \`off\`: the application needs no tokens in its pages | the server, which is asked with the cookie |
| \`jwt-cookie\` | \`cookie\`: no page is told a token | the application itself, by \`@latchkey/verifier\` with the feed of revocations, from the cookie \`__Host-Http-latchkey-token\` |
| \`memory\`, also with DPoP | \`page\`, the default | an API on another origin, by the same verifier |

**With the default, \`page\`, a script in the mode \`session\` is given a token that lives for minutes** when it asks for one, though the application
uses none: an earlier run with the default found \`credential\` there, in "asks" and in "vendor's script".
A session of \`jwt-cookie\` gets its tokens into the cookie alone, whatever the setting.

## What is Chromium's doing, and what is Latchkey's

- Chromium: SameSite, the two minutes, that no page sends TRACE, that a name with \`__Host-\` cannot be planted from a sibling, and
  that \`Referer\` has only the origin unless a page says otherwise (the demo does).
- Latchkey: that its cookie has such a name and is \`Strict\`; that a script gets no token by asking, in \`session\` and \`jwt-cookie\` with the settings
  above; that the verifier's adapter takes no form of a sibling for the user's, in \`jwt-cookie\`; that its own routes refuse what comes from a sibling (403, [decision 8](decisions/0008-cross-site-requests.md)); that
  an answer with a cookie says \`no-store\`, so that the shared cache did not keep it; that a copied cookie is [found out](sessions.md); that a sign-out
  [reaches the API](revocation.md).

## Where Latchkey is not better

- A script in the page uses the session like any other. In \`memory\`, and in \`session\` with the default setting, it can *ask for an access token*
  besides. The token works elsewhere wherever an API takes tokens of this issuer: until it expires (10 minutes) or the session ends.
- The application's own routes are the application's: in \`session\` a sibling's form made the transfer. Latchkey told it who asks, by a cookie that
  \`SameSite=Strict\` sends there. Check \`Sec-Fetch-Site\` (\`same-origin\`) on whatever changes something.
- A page of the application that was shown is shown again by Back after the sign-out, unless it says \`Cache-Control: no-store\`.
- A copied cookie works until its session rotates twice. Here that took seconds, for the server rotated every second; with the setting of the
  house, ten minutes a rotation. A thief whose victim never comes back is not found out, nor one who comes right behind the
  victim every time ([what it does not do](sessions.md#what-it-does-not-do)).
- An access token that was copied from a request works until it expires or its session ends. Nobody is told. That is so in \`jwt-cookie\`, too:
  the cookie that goes to the application is the token, and "copied request" is \`credential\` there; the credential of the session is not in it.
- In \`jwt-cookie\` a sibling that plants \`__Http-latchkey-refresh\` beside the real one gains nothing, but *signs the user out*: two count as none
  ([why](decisions/0024-access-tokens-in-a-cookie.md)). What it planted keeps the user out until the cookies are cleared.

## What is not shown

- The Chromium from npm is the headless one, which has no back-forward cache: Back was answered by the HTTP cache. Where a page is really
  frozen and woken up, its memory is, too: expect \`in place\` for page memory there.
- Signing the user in to the attacker's account by a form on another site (login CSRF). The sibling's cookie ends in the same.
- Waiting two minutes was replaced by making the cookies older in the browser's own database.
- The vendor's script takes what the three scripts above it take, and no more. Extensions, malware that stays, and Content-Security-Policy, which
  would stop some of the scripts, are not here.
- Other browsers. Firefox and Safari differ in SameSite by default and in the two minutes.

## How to run it

\`\`\`
npm run attacks
\`\`\`

It takes two to four minutes on two cores, needs no network but this machine's own, and writes this page and the picture. \`npm test\` executes
the decisive cells and checks that this page has the tables that are expected.
`;
