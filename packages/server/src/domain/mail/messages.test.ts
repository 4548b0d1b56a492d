import { describe, expect, test } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../instant.ts';
import * as messages from './messages.ts';

const URL_WITH_TOKEN = 'https://id.example.com/verify-email?token=lko_abc&x=1';

const { accountDeletedMessage, verifyEmailMessage } = messages;
const TO = 'ada@example.com';

describe.each([
  ['verification', verifyEmailMessage(TO, URL_WITH_TOKEN, DAY_MS)],
  ['already registered', messages.alreadyRegisteredMessage(TO, URL_WITH_TOKEN)],
  ['session stolen', messages.sessionStolenMessage(TO, URL_WITH_TOKEN)],
  ['reset password', messages.resetPasswordMessage(TO, URL_WITH_TOKEN, DAY_MS)],
  ['magic link', messages.magicLinkMessage(TO, URL_WITH_TOKEN, DAY_MS)],
  ['password changed', messages.passwordChangedMessage(TO, URL_WITH_TOKEN)],
  ['change e-mail', messages.changeEmailMessage(TO, URL_WITH_TOKEN, DAY_MS)],
  ['address in use', messages.addressInUseMessage(TO, URL_WITH_TOKEN)],
  ['e-mail changed', messages.emailChangedMessage(TO, URL_WITH_TOKEN, DAY_MS)],
  ['e-mail change undone', messages.emailChangeUndoneMessage(TO, URL_WITH_TOKEN)],
])('%s', (_name, { message: mail }) => {
  test('goes to the address, on one line of a header each', () => {
    expect(mail.to).toBe('ada@example.com');
    expect(mail.subject).toMatch(/^[\x20-\x7e]+$/);
    // A credential has no place where mail programs show a list.
    expect(mail.subject).not.toContain('lko_');
  });

  test('has the link, alone on its line, in both of its forms', () => {
    expect(mail.text.split('\n')).toContain(URL_WITH_TOKEN);
    expect(mail.html).toContain('<a href="https://id.example.com/verify-email?token=lko_abc&#38;x=1" ');
  });
});

test('loads nothing, and leaves the colours to the mail program', () => {
  const { html } = verifyEmailMessage(TO, URL_WITH_TOKEN, DAY_MS).message;
  expect(html).toContain('<meta name="color-scheme" content="light dark">');
  expect(html).not.toMatch(/<(?:img|link|script|style|iframe)|src=|url\(|@import/);
});

test('a link cannot break out of its attribute', () => {
  const { html } = verifyEmailMessage(
    'ada@example.com',
    'https://id.example.com/"><script>alert(1)</script>',
    DAY_MS,
  ).message;
  expect(html).not.toContain('<script>');
  expect(html).toContain('/&#34;&#62;&#60;script&#62;');
});

test.each([
  [30 * MINUTE_MS, '30 minutes'],
  [MINUTE_MS, '1 minute'],
  [60 * MINUTE_MS, '1 hour'],
  [90 * MINUTE_MS, '90 minutes'],
  [DAY_MS, '24 hours'],
  [7 * DAY_MS, '7 days'],
])('says that a link lives for %i ms: %s', (lifeMs, text) => {
  expect(messages.resetPasswordMessage(TO, URL_WITH_TOKEN, lifeMs).message.text).toContain(`for ${text}.`);
});

test('the last mail leads nowhere: there is nothing any more', () => {
  const mail = accountDeletedMessage(TO).message;
  expect(mail.to).toBe(TO);
  expect(mail.text + mail.html).not.toMatch(/https?:|href/);
});
