/** A cron job with a private key. It has no secret, and asks nobody for a token: it signs one itself for each call. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { importJWK, SignJWT, type JWK } from 'jose';

const { LATCHKEY_CLIENT_ID: id = '', LATCHKEY_KEY_FILE: keyFile = '', API = 'http://localhost:4401' } = process.env;
/** The name of the API that is called: what is signed is good there alone. */
const audience = 'http://localhost:4401';
const LIFE_SECONDS = 60;

if (id === '' || keyFile === '') {
  console.error(`This job signs for itself, as a client of the server. Register it:

  npx latchkey clients add "Nightly job" --grant client_credentials --scope "notes:read" --audience ${audience} \\
    --auth-method private_key_jwt --generate-key job.key.json

and start it with LATCHKEY_CLIENT_ID as that prints it, and LATCHKEY_KEY_FILE=job.key.json.`);
  process.exit(1);
}

const jwk = JSON.parse(await readFile(keyFile, 'utf8')) as JWK & { readonly kid: string; readonly alg: string };
const now = Math.floor(Date.now() / 1000);
const token = await new SignJWT({
  iss: id,
  sub: id,
  aud: audience,
  iat: now,
  exp: now + LIFE_SECONDS,
  jti: randomUUID(),
})
  .setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, typ: 'client+jwt' })
  .sign(await importJWK(jwk, jwk.alg));

const response = await fetch(`${API}/me`, { headers: { Authorization: `Bearer ${token}` } });
console.log(response.status, await response.text());
process.exitCode = response.ok ? 0 : 1;
