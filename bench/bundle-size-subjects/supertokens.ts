import { init } from 'supertokens-web-js';
import { doesSessionExist, init as sessions, signOut as endSession } from 'supertokens-web-js/recipe/session/index.js';

init({
  appInfo: { appName: 'app', apiDomain: 'https://app.example', apiBasePath: '/auth' },
  // It puts itself between the page and `fetch`.
  recipeList: [sessions()],
});

export const whoIsSignedIn = () => doesSessionExist();
/** As its recipe for passwords does, without that recipe. */
export const signIn = (email: string, password: string) =>
  fetch('/auth/signin', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', rid: 'emailpassword' },
    body: JSON.stringify({
      formFields: [
        { id: 'email', value: email },
        { id: 'password', value: password },
      ],
    }),
  });
export const signOut = () => endSession();
export const call = (url: string) => fetch(url);
