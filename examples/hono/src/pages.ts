import { html } from 'hono/html';
import type { User } from 'latchkey';

type Html = ReturnType<typeof html>;

/** For everybody. */
export function homePage(user: User | undefined): Html {
  return page(
    'Notes',
    user === undefined
      ? html`<p>Keep notes that nobody else reads.</p>
          <p><a href="/sign-in?next=%2Fnotes">Sign in</a> or <a href="/sign-up">sign up</a></p>`
      : html`<p>Welcome back, ${user.name ?? user.email}.</p>
          <p><a href="/notes">Your notes</a> · <a href="/account">Your account</a></p>`,
  );
}

/** For one user: what they type is escaped by `html`. */
export function notesPage(user: User, notes: readonly string[]): Html {
  return page(
    'Your notes',
    html`<p class="soft">Signed in as ${user.email}</p>
      <form method="post" action="/notes">
        <label for="text">New note</label>
        <input id="text" name="text" required maxlength="200" autocomplete="off" />
        <button>Keep it</button>
      </form>
      <ul>
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>
      <form method="post" action="/sign-out"><button class="quiet">Sign out</button></form>`,
  );
}

function page(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`;
}
