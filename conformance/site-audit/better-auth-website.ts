/** A page on Better Auth that signs in and out by its routes, as its client library does. */
import { betterAuthWithPasswords } from '../../bench/websites/better-auth-passwords.ts';
import { startWebsite, type Website } from '../oauth/foreign-app.ts';

const page = `<!doctype html><title>Library</title><h1>Library</h1><p id="who"></p>
<form id="sign-in"><input type="email" autocomplete="username"><input type="password"><button>Sign in</button></form>
<button id="sign-out">Sign out</button>
<script>
const call = (path, body) => fetch('/api/auth' + path, body && {
  method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
const show = async () => {
  const session = await (await call('/get-session')).json();
  document.querySelector('#who').textContent = session ? session.user.name : 'nobody';
};
document.querySelector('#sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const [email, password] = [...event.target.querySelectorAll('input')].map((field) => field.value);
  await call('/sign-in/email', { email, password });
  await show();
});
document.querySelector('#sign-out').addEventListener('click', async () => {
  await call('/sign-out', {});
  await show();
});
window.changePassword = (currentPassword, newPassword) =>
  call('/change-password', { currentPassword, newPassword }).then((answer) => answer.status);
show();
</script>`;

/** With one account. */
export async function startBetterAuthWebsite(account: {
  readonly email: string;
  readonly password: string;
}): Promise<Website> {
  const website = await startWebsite();
  const answer = betterAuthWithPasswords(website.origin);
  website.serve((request, response) => {
    if (request.url?.startsWith('/api/auth/') === true) return answer(request, response);
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(page);
  });
  const signedUp = await fetch(`${website.origin}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: website.origin },
    body: JSON.stringify({ name: 'Annie', ...account }),
  });
  if (!signedUp.ok) throw new Error(`Sign-up: ${signedUp.status}`);
  return website;
}
