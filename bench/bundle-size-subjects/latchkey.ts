import { createClient } from '@latchkey/browser';

const client = createClient();

export const whoIsSignedIn = () => client.refresh();
export const signIn = (email: string, password: string) => client.signIn({ email, password });
export const signOut = () => client.signOut();
export const call = (url: string) => client.fetch(url);
