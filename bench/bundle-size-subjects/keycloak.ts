import Keycloak from 'keycloak-js';

const client = new Keycloak({ url: 'https://id.example', realm: 'app', clientId: 'app' });

export const whoIsSignedIn = () => client.init({ onLoad: 'check-sso' });
export const signIn = () => client.login();
export const signOut = () => client.logout();
export const call = async (url: string) => {
  await client.updateToken();
  return fetch(url, { headers: { Authorization: `Bearer ${client.token ?? ''}` } });
};
