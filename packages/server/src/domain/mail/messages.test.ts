import { describe, expect, test } from 'vitest';
import { alreadyRegisteredMessage, verifyEmailMessage } from './messages.ts';

const URL_WITH_TOKEN = 'https://id.example.com/verify-email?token=lko_abc&x=1';

describe.each([
  ['verification', verifyEmailMessage('ada@example.com', URL_WITH_TOKEN)],
  ['already registered', alreadyRegisteredMessage('ada@example.com', URL_WITH_TOKEN)],
])('%s', (_name, mail) => {
  test('goes to the address, on one line of a header each', () => {
    expect(mail.to).toBe('ada@example.com');
    expect(mail.subject).toMatch(/^[\x20-\x7e]+$/);
    // A credential has no place where mail programs show a list.
    expect(mail.subject).not.toContain('lko_');
  });

  test('has the link, alone on its line, in both of its forms', () => {
    expect(mail.text.split('\n')).toContain(URL_WITH_TOKEN);
    expect(mail.html).toContain('<a href="https://id.example.com/verify-email?token=lko_abc&#38;x=1">');
  });
});

test('a link cannot break out of its attribute', () => {
  const { html } = verifyEmailMessage('ada@example.com', 'https://id.example.com/"><script>alert(1)</script>');
  expect(html).not.toContain('<script>');
  expect(html).toContain('/&#34;&#62;&#60;script&#62;');
});
