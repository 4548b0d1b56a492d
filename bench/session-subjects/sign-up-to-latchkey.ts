import { createLatchkey, type Latchkey, type Settings } from 'latchkey';
import { ACCOUNT, ORIGIN } from './account.ts';
import { cookiesOf } from './serve-session-subject.ts';

/**
 * Signs up, confirms the address and signs in, as a browser does.
 *
 * @param settings - Of development, where the mail can be read.
 * @returns The cookies of as many sessions.
 */
export async function signUpToLatchkey(settings: Settings, sessions: number): Promise<string[]> {
  const latchkey = await createLatchkey(settings);
  try {
    await post(latchkey, '/api/sign-up', ACCOUNT);
    const mails = (await (await latchkey.fetch(new Request(`${ORIGIN}/dev/mail.json`))).json()) as {
      links: string[];
    }[];
    const token = new URL(mails[0]?.links[0] ?? '').searchParams.get('token');
    await post(latchkey, '/api/email-verification/confirm', { token });

    const { email, password } = ACCOUNT;
    const cookies: string[] = [];
    for (let session = 0; session < sessions; session += 1) {
      cookies.push(cookiesOf(await post(latchkey, '/api/sign-in', { email, password, remember: true })));
    }
    return cookies;
  } finally {
    await latchkey.close();
  }
}

async function post(latchkey: Latchkey, path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json', origin: ORIGIN, 'sec-fetch-site': 'same-origin' };
  const answer = await latchkey.fetch(
    new Request(ORIGIN + path, { method: 'POST', headers, body: JSON.stringify(body) }),
  );
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}
