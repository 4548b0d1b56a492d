import { UserManager } from 'oidc-client-ts';

const client = new UserManager({
  authority: 'https://id.example',
  client_id: 'app',
  redirect_uri: 'https://app.example/callback',
});

export const whoIsSignedIn = () => client.getUser();
export const signIn = () => client.signinRedirect();
export const onReturn = () => client.signinCallback();
export const signOut = () => client.signoutRedirect();
export const call = async (url: string) => {
  const user = await client.getUser();
  return fetch(url, { headers: { Authorization: `Bearer ${user?.access_token ?? ''}` } });
};
