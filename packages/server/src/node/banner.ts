import { PAGES, ROUTES } from '@latchkey/protocol';
import type { OneTimeToken } from '../domain/one-time-tokens/token.ts';
import type { Settings } from './settings.ts';

/** What the console shows once the server is ready. The link of the first administrator is shown here alone. */
export function banner(settings: Settings, administratorToken: OneTimeToken | undefined): string {
  const { issuer, mode } = settings;
  const lines = [
    '',
    `  Latchkey is ready (${mode})`,
    '',
    `  Open            ${issuer}`,
    `  API reference   ${new URL(ROUTES.docs, issuer).href}`,
    ...(mode === 'development' ? [`  Dev outbox      ${new URL(ROUTES.devMail, issuer).href}`] : []),
  ];
  if (administratorToken !== undefined) {
    const url = new URL(PAGES.firstAdministrator, issuer);
    url.searchParams.set('token', administratorToken.reveal());
    lines.push(
      '',
      '  There is no administrator yet. This link makes the first one, once, within the hour:',
      `  ${url.href}`,
    );
  }
  return [...lines, ''].join('\n');
}
