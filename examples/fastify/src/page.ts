import { createClient, LatchkeyError, type SignInState } from '@latchkey/browser';

const client = createClient();
const element = (id: string): HTMLElement => document.querySelector<HTMLElement>(`#${id}`) ?? document.body;

/** `unknown` shows neither: who is signed in sees no form for a moment, and the other way round. */
function show(state: SignInState): void {
  element('signed-out').hidden = state.status !== 'signed-out';
  element('signed-in').hidden = state.status !== 'signed-in';
  element('who').textContent = state.status === 'signed-in' ? state.user.email : '';
  element('notes').replaceChildren();
  if (state.status === 'signed-in') attempt(() => callApi());
}

/** The session is a cookie that no script reads; a 401 makes the client find out that it has ended. */
async function callApi(init?: RequestInit): Promise<void> {
  const response = await client.fetch('/notes', init);
  if (response.status === 401) return;
  if (!response.ok) throw new Error(`The server answered ${response.status}`);
  const notes = (await response.json()) as readonly string[];
  const items = notes.map((text) => Object.assign(document.createElement('li'), { textContent: text }));
  element('notes').replaceChildren(...items);
}

/** Shows what went wrong, until something goes right. */
function attempt(action: () => Promise<unknown>): void {
  action().then(
    () => tell(''),
    (error: unknown) => tell(PROBLEMS.get(error instanceof LatchkeyError ? error.code : '') ?? 'That did not work.'),
  );
}

function tell(problem: string): void {
  element('problem').textContent = problem;
}

const PROBLEMS = new Map([
  ['invalid_credentials', 'E-mail or password is wrong.'],
  ['email_not_verified', 'Open the link in the mail that we sent you first.'],
  ['too_many_requests', 'Too many attempts. Wait a moment.'],
  ['offline', 'The server cannot be reached.'],
]);

function onSubmit(id: string, send: (field: (name: string) => string) => Promise<unknown>): void {
  element(id).addEventListener('submit', (event) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    const field = (name: string): string => {
      const value = fields.get(name);
      return typeof value === 'string' ? value : '';
    };
    attempt(async () => {
      await send(field);
      form.reset();
    });
  });
}

onSubmit('sign-in', (field) => client.signIn({ email: field('email'), password: field('password') }));
onSubmit('add', (field) => {
  const body = JSON.stringify({ text: field('text') });
  return callApi({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
});
element('sign-out').addEventListener('click', () => attempt(() => client.signOut()));
client.subscribe(show);
attempt(() => client.refresh());
