import { expect, test } from 'vitest';
import { readSettings } from './settings.ts';

const GOOD = {
  FORUM_SECRET: 'a secret of a test, which is more than 32 bytes long',
  FORUM_CLIENT_ID: 'cli_1',
  FORUM_CLIENT_SECRET: 'lkc_1',
};
const PRODUCTION = {
  ...GOOD,
  FORUM_MODE: 'production',
  FORUM_URL: 'https://forum.example.com',
  FORUM_JOB_CLIENT_ID: 'cli_2',
  FORUM_JOB_KEY_FILE: 'job.jwk',
  FORUM_SMTP_URL: 'smtps://mail.example.com',
};

test('needs three settings in development, and is at localhost:4500', () => {
  expect(readSettings({ ...GOOD, FORUM_SMTP_URL: '' })).toMatchObject({
    mode: 'development',
    url: 'http://localhost:4500',
    audience: 'http://localhost:4500',
    issuer: 'http://localhost:4400',
    job: undefined,
    smtpUrl: undefined,
  });
  expect(readSettings(PRODUCTION)).toMatchObject({ job: { clientId: 'cli_2', keyFile: 'job.jwk' } });
});

test.each<[name: string, changed: Readonly<Record<string, string | undefined>>]>([
  ['FORUM_SECRET', { ...GOOD, FORUM_SECRET: 'too short' }],
  ['FORUM_SECRET', { ...GOOD, FORUM_SECRET: undefined }],
  ['FORUM_CLIENT_ID', { ...GOOD, FORUM_CLIENT_ID: '' }],
  ['FORUM_PORT', { ...GOOD, FORUM_PORT: '80a' }],
  ['FORUM_URL', { ...GOOD, FORUM_URL: 'http://forum.example.com' }],
  ['FORUM_URL', { ...GOOD, FORUM_URL: 'https://forum.example.com/' }],
  ['FORUM_URL', { ...PRODUCTION, FORUM_URL: undefined }],
  ['LATCHKEY_ISSUER', { ...GOOD, LATCHKEY_ISSUER: 'http://id.example.com' }],
  ['FORUM_JOB_KEY_FILE', { ...GOOD, FORUM_JOB_CLIENT_ID: 'cli_2' }],
  ['FORUM_SMTP_URL', { ...GOOD, FORUM_SMTP_URL: 'http://mail.example.com' }],
  ['FORUM_SMTP_URL', { ...PRODUCTION, FORUM_SMTP_URL: undefined }],
  ['FORUM_JOB_CLIENT_ID', { ...PRODUCTION, FORUM_JOB_CLIENT_ID: undefined, FORUM_JOB_KEY_FILE: undefined }],
  ['FORUM_MAIL_FROM', { ...GOOD, FORUM_MAIL_FROM: 'Sawal\r\nBcc: x@example.org' }],
  ['FORUM_SMTP_URL', { ...GOOD, FORUM_HOST: '0.0.0.0' }],
  ['FORUM_SMTP_URL', { ...GOOD, FORUM_URL: 'https://forum.example.com' }],
  ['FORUM_MODE', { ...GOOD, FORUM_MODE: 'test' }],
])('a wrong %s stops the start, and is not repeated', (name, variables) => {
  const read = () => readSettings(variables);
  expect(read).toThrow(name);
  expect(read).not.toThrow('too short');
});
