/* oxlint-disable import/no-default-export, no-unused-vars -- as `latchkey audit --script` takes it */
// sign-in.mjs
export default async (page, { email, password }) => {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/dashboard');
};
export const signOut = (page) => page.getByRole('button', { name: 'Sign out' }).click();
// Use an account of its own: nothing changes the password back.
export const changePassword = async (page, { password }) => {
  /* … */
};
