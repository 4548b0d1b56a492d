/** Scripts for `--script`, as a user writes them. */

export const latchkeySteps = `
export default async (page, { email, password }) => {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL('**/account');
};
export const changePassword = async (page, { url, password }) => {
  await page.goto(new URL('/account/password', url).href);
  await page.getByLabel('Present password').fill(password);
  await page.getByLabel('New password').fill('seven otters read maps');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.waitForURL((address) => address.pathname === '/account');
};
export const signOut = async (page) => {
  await page.getByRole('button', { name: 'Sign out here' }).click();
  await page.waitForURL((address) => address.pathname !== '/account');
};`;

export const betterAuthSteps = `
export default async (page, { email, password }) => {
  await page.locator('input[type=email]').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.locator('form button').click();
  await page.locator('#who', { hasText: 'Annie' }).waitFor();
};
export const changePassword = async (page, { password }) => {
  const status = await page.evaluate((old) => window.changePassword(old, 'seven otters read maps'), password);
  if (status !== 200) throw new Error('The password was not changed: ' + status);
};
export const signOut = async (page) => {
  await page.locator('#sign-out').click();
  await page.locator('#who', { hasText: 'nobody' }).waitFor();
};`;
