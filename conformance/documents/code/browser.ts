/** What docs/browser.md has, to be loaded by a page. Each asks what a page of an application would ask. */
import { createClient } from '@latchkey/browser';
import { createProofMaker } from '@latchkey/browser/dpop';

interface Person {
  readonly email: string;
  readonly password: string;
}

export async function subscribing(told: (status: string) => void): Promise<void> {
  const console = { log: told };
  const client = createClient();
  client.subscribe((state) => console.log(state.status));
  await client.refresh();
}

export async function session({ email, password }: Person): Promise<number> {
  const client = createClient();
  await client.signIn({ email, password, remember: true });
  const orders = await client.fetch('/orders');
  return orders.status;
}

export async function jwtCookie(): Promise<void> {
  const client = createClient({ mode: 'jwt-cookie' });
  await client.fetch('/notes'); // renews the token first where it is due
}

export async function memory(): Promise<void> {
  const dpop = await createProofMaker();
  const client = createClient({ mode: 'memory', apis: [{ origin: 'https://api.example.com' }], dpop });
  await client.fetch('https://api.example.com/notes');
}

export async function slots({ email, password }: Person) {
  const client = createClient({ slots: true });
  await client.signIn({ email, password }, { slot: 'new' }); // beside those that there are
  const accounts = await client.accounts(); // [{ slot: null, user }, { slot: 0, user }]
  await client.useAccount(0); // this tab, without a reload; others stay as they are
  return { accounts, slot: client.slot };
}
