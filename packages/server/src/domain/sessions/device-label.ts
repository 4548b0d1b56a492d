import Bowser from 'bowser';

export const MAX_USER_AGENT_LENGTH = 512;

/** What people recognise a device by: "Firefox on Linux". The user agent is whatever the client claims. */
export function deviceLabel(userAgent: string | null): string {
  if (userAgent === null || userAgent === '') return 'Unknown device';
  const { browser, os } = Bowser.parse(userAgent);
  if (browser.name === undefined || browser.name === '') return 'Unknown device';
  return os.name === undefined || os.name === '' ? browser.name : `${browser.name} on ${os.name}`;
}
