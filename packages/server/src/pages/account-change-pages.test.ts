import { describe, expect, test } from 'vitest';
import { describeSoundPages, elementsOf } from '../../test/pages/sound-pages.ts';
import { changeEmailPage, changePasswordPage, deleteAccountPage } from './account-change-pages.ts';
import { forgotPasswordPage } from './forgot-password-page.ts';
import { mailSentPage } from './mail-sent-page.ts';
import { mailedLinkFailedPage } from './mailed-link-failed-page.ts';
import { mailedLinkDonePage, mailedLinkPage } from './mailed-link-page.ts';
import { resetPasswordPage } from './reset-password-page.ts';

const back = { label: 'Back', href: '/account' };

/** With the same text in every member of the model that is text. */
describeSoundPages({
  'forgot password': (text) => forgotPasswordPage({ values: { email: text }, errors: { email: text, form: text } }),
  'mail sent for a reset': (text) => mailSentPage({ kind: 'reset_password', email: text, development: true, back }),
  'mail sent to a new address': (text) =>
    mailSentPage({ kind: 'change_email', email: text, development: false, back: { ...back, label: text } }),
  'reset password': (text) => resetPasswordPage({ token: text, errors: { password: text, form: text } }),
  'confirm a new address': (text) => mailedLinkPage({ kind: 'confirm', token: text }),
  'undo a new address': (text) => mailedLinkPage({ kind: 'undo', token: text }),
  'a new address confirmed': () => mailedLinkDonePage({ kind: 'confirm', signedIn: true }),
  'a new address undone': () => mailedLinkDonePage({ kind: 'undo', signedIn: false }),
  'a link that does not work': () => mailedLinkFailedPage({ kind: 'reset' }),
  'change the password': (text) => changePasswordPage({ errors: { current: text, password: text, form: text } }),
  'change the address': (text) =>
    changeEmailPage({ current: text, values: { email: text }, errors: { email: text, password: text, form: text } }),
  'delete the account': (text) => deleteAccountPage({ errors: { password: text, form: text } }),
});

const href = (page: string) =>
  elementsOf(page, 'a').flatMap(({ attributes }) =>
    attributes['class']?.includes('primary') ? attributes['href'] : [],
  );

describe('what comes next', () => {
  test.each([
    ['a confirmed address, signed in', mailedLinkDonePage({ kind: 'confirm', signedIn: true }), '/account'],
    ['a confirmed address', mailedLinkDonePage({ kind: 'confirm', signedIn: false }), '/sign-in'],
    ['a restored address', mailedLinkDonePage({ kind: 'undo', signedIn: false }), '/forgot-password'],
    ['a dead link for a reset', mailedLinkFailedPage({ kind: 'reset' }), '/forgot-password'],
    ['a dead link to confirm', mailedLinkFailedPage({ kind: 'confirm' }), '/account'],
  ])('after %s', (_name, page, expected) => {
    expect(href(page)).toEqual([expected]);
  });

  test('after asking for a reset the page says the same for every address', () => {
    const page = (email: string) =>
      mailSentPage({ kind: 'reset_password', email, development: false, back }).replaceAll(email, '');
    expect(page('known@example.com')).toBe(page('nobody@example.com'));
  });
});

test('passwords suit password managers', () => {
  const autocomplete = (page: string) =>
    elementsOf(page, 'input').flatMap(({ attributes: a }) => (a['type'] === 'password' ? a['autocomplete'] : []));
  expect(autocomplete(changePasswordPage({ errors: {} }))).toEqual(['current-password', 'new-password']);
  expect(autocomplete(resetPasswordPage({ token: 'x', errors: {} }))).toEqual(['new-password']);
  expect(autocomplete(deleteAccountPage({ errors: {} }))).toEqual(['current-password']);
});
