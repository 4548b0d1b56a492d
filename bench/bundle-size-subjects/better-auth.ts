import { createAuthClient } from 'better-auth/client';

const client = createAuthClient();

export const whoIsSignedIn = () => client.getSession();
export const signIn = (email: string, password: string) => client.signIn.email({ email, password });
export const signOut = () => client.signOut();
export const call = (url: string) => fetch(url, { credentials: 'same-origin' });
