/**
 * What a new forum begins with. The figures are those of docs/where-is-my-token.md, docs/sessions.md,
 * docs/revocation.md and bench/RESULTS.md, measured on 2026-11-22.
 */

const BODY = `A sign-in gives my application a JWT. I find it kept in \`localStorage\`, in \`sessionStorage\`, in a cookie, and in a
variable of the page, and every article calls another of them the safe one.

1. What does an attacker *obtain* with each of them?
2. Can a JWT be called back, once somebody has a copy?
3. What does it cost to do better?

I would rather have figures than opinions.`;

const WHERE = `**In a cookie that no script can read, or not in the browser at all.** This project tried 19 attacks in a real Chromium
against each storage, on an application that is vulnerable on purpose, and looked at what the attacker held afterwards.
For a script that got into the page:

| storage | reads | listens to \`fetch\` | uses it in place |
| --- | --- | --- | --- |
| \`localStorage\` | takes the token away | takes it away | yes |
| \`sessionStorage\` | takes it away | takes it away | yes |
| cookie that scripts can read | takes it away | nothing | yes |
| \`HttpOnly\` cookie | nothing | nothing | yes |
| variable of the page | nothing | takes it away | yes |
| variable, with a DPoP key that cannot be exported | nothing | one request | yes |

- \`localStorage\` and \`sessionStorage\` do not differ in what a script gets.
- The last column is the same everywhere: **a script in your page acts as the user while the page is open**, whatever the
  storage. \`HttpOnly\` decides whether it can take the session along.
- A cookie goes by itself, so other sites matter. Without \`SameSite\`, Chromium sent it with another site's form for two
  minutes; \`Lax\` stops forms, but not links, so nothing may change on GET.
- A sibling subdomain is *not* another site. \`Strict\` sends the cookie with its forms, and only a name that begins with
  \`__Host-\` kept it from planting a cookie of its own.

So: \`__Host-…; HttpOnly; Secure; SameSite=Lax\` or \`Strict\`, and \`Sec-Fetch-Site\` checked on whatever changes something.
The whole table, with what is *not* better about Latchkey, is \`docs/where-is-my-token.md\`; \`npm run attacks\` makes it again.`;

const CALLED_BACK = `**By itself, no: a JWT is good until it expires.** In the demo the copy of one that lives for 60 minutes went on working after
the sign-out, in every storage. A session id in a cookie was refused 5 ms after it.

It can be had for a JWT, if those who verify it know what was revoked. Latchkey writes each revocation into a log, and its
verifier follows that log by a stream. Measured, with 100 verifiers:

| the server's database | median, commit to refusal | p99 | slowest |
| --- | ---: | ---: | ---: |
| SQLite | 8.28 ms | 21.3 ms | 27.1 ms |
| PostgreSQL, committed by another node | 10.1 ms | 28.3 ms | 43.2 ms |

The promise is weaker than the measurement: five seconds, after which a route says itself whether it asks the server
(\`introspect\`), refuses (\`closed\`) or goes on (\`open\`).

\`\`\`ts
import { createVerifier } from '@latchkey/verifier';

const verifier = createVerifier({
  issuer: 'http://localhost:4400',
  audience: 'http://localhost:4500',
  client: { id, secret },
});
\`\`\`

This forum does it: somebody who is banned at Latchkey can post nothing here a second later. What remains: a copy works until
somebody *ends* the session, and about a stolen access token nobody finds out. Keep its life short.`;

const COST = `On the price, from \`bench/RESULTS.md\`, on a machine with two cores:

- **Size.** The header lines of one request: 50 bytes with a session id in a cookie, 468 with a JWT from \`localStorage\`,
  1,097 with DPoP.
- **A JWT that is verified again** (ES256): 0.47 µs with the check for revocation, for it was seen before; the first time it
  takes 129 µs, and nearly all of that is the signature.
- **A session that is checked again**: 0.73 µs, and no query. The first check reads the database: 218 µs.
- **Revocations in memory**: 70 to 100 bytes each.

A cookie that is *stolen*, with the whole profile of the browser, works with every storage that survives a restart. A
session that rotates finds that out: with the setting of the house, every ten minutes, and then at most two switches
between victim and thief. A thief whose victim never comes back is not found out (\`docs/sessions.md\`).`;

export const FIRST_QUESTION = {
  title: 'Where is a JWT stored?',
  body: BODY,
  tags: ['jwt', 'cookies', 'xss', 'sessions'],
  comment:
    'Each figure below was measured by this project, and `npm run attacks` and `npm run bench` measure it again.',
  answers: [
    {
      text: WHERE,
      isAccepted: true,
      comments: [
        'And in this forum: a cookie `__Host-sawal` with a session that rotates. The tokens stay on the server.',
      ],
    },
    { text: CALLED_BACK, isAccepted: false, comments: [] },
    {
      text: COST,
      isAccepted: false,
      comments: ['Ratios of peers measured beside each other carry over to another machine; absolute figures do not.'],
    },
  ],
} as const;
