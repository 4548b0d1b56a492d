import { AuthClient } from '@supabase/auth-js';

const client = new AuthClient({ url: '/auth/v1' });

export const whoIsSignedIn = () => client.getSession();
export const signIn = (email: string, password: string) => client.signInWithPassword({ email, password });
export const signOut = () => client.signOut();
export const call = async (url: string) => {
  const { data } = await client.getSession();
  return fetch(url, { headers: { Authorization: `Bearer ${data.session?.access_token ?? ''}` } });
};
