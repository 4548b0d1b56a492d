import { describe, expect, test } from 'vitest';
import { accountDeletedMessage, resetPasswordMessage, type MailFacts } from './messages.ts';
import { applyTemplate, areMailTemplates, type MailTemplate } from './templates.ts';

const URL_WITH_TOKEN = 'https://id.example.com/reset-password?token=lko_abc';
const own: MailTemplate = ({ url, lifeMs }: MailFacts) => ({
  subject: 'Neues Passwort 🔑',
  text: `Hier: ${url} (${lifeMs})`,
  html: `<a href="${url}">Hier</a>`,
});
const mail = resetPasswordMessage('ada@example.com', URL_WITH_TOKEN, 1000);

test('a template replaces the words, and neither kind nor address', () => {
  expect(applyTemplate({ reset_password: own }, mail)).toEqual({
    kind: 'reset_password',
    to: 'ada@example.com',
    subject: 'Neues Passwort 🔑',
    text: `Hier: ${URL_WITH_TOKEN} (1000)`,
    html: `<a href="${URL_WITH_TOKEN}">Hier</a>`,
  });
  expect(applyTemplate({ verify_email: own }, mail)).toBe(mail.message);
  const bad = { ...own({ to: '', url: URL_WITH_TOKEN, lifeMs: 1 }), to: 'eve@example.com', kind: 'verify_email' };
  expect(applyTemplate({ reset_password: () => bad }, mail)).toMatchObject({
    to: 'ada@example.com',
    kind: 'reset_password',
  });
});

describe('a template that does not do is refused at the start, and later the server has words of its own', () => {
  const content = { subject: 'A subject', text: URL_WITH_TOKEN, html: URL_WITH_TOKEN };
  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['gives nothing', () => undefined],
    ['gives a promise', async () => content],
    ['forgets the link in the text', () => ({ ...content, text: 'no link' })],
    ['forgets the link in the HTML', () => ({ ...content, html: 'no link' })],
    ['has an empty subject', () => ({ ...content, subject: ' ' })],
    ['has a long subject', () => ({ ...content, subject: 'x'.repeat(201) })],
    ['adds a header', () => ({ ...content, subject: 'A subject\r\nBcc: eve@example.com' })],
    ['has a subject of another type', () => ({ ...content, subject: 1 })],
  ])('that %s', (_name, template) => {
    expect(applyTemplate({ reset_password: template as MailTemplate }, mail)).toBe(mail.message);
    expect(areMailTemplates({ reset_password: template })).toBe(false);
  });
});

test.each([[undefined], [null], ['verify_email'], [{ unknown_kind: own }], [{ verify_email: 'text' }]])(
  '%j are no templates',
  (given) => {
    expect(areMailTemplates(given)).toBe(false);
  },
);

test('a mail without a link needs none', () => {
  const template: MailTemplate = () => ({ subject: 'Bye', text: 'Bye', html: 'Bye' });
  expect(areMailTemplates({ reset_password: own, account_deleted: template })).toBe(true);
  expect(applyTemplate({ account_deleted: template }, accountDeletedMessage('ada@example.com')).subject).toBe('Bye');
});
