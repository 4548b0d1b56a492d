import { InvalidArgumentError, type Command } from 'commander';
import { LEVELS } from '../site-audit/finding.ts';
import { toOutput, type JsonOption } from './output.ts';
import { siteAuditCommand, type SiteAuditOptions } from './site-audit.ts';

const HELP = `
Signs in by hand, unless --email or --script is given. The sign-in happens in a new browser profile, which is removed
afterwards. Requests go to the site alone and to where the site leads; GET requests of the page are repeated with
copies of its credentials, to see what a sign-out ends. The report shows no credential but its first characters.

  latchkey audit https://app.example.com/sign-in
  printf %s "$PASSWORD" | latchkey audit https://app.example.com/sign-in --email ada@example.com --sign-out '#sign-out'
  latchkey audit https://app.example.com --script sign-in.mjs --headless --json --fail-on medium

The script is an ES module; page is Playwright's:

  export default async (page, { email, password }) => { … }   signs in
  export const signOut = async (page) => { … }                perhaps
  export const changePassword = async (page) => { … }         perhaps`;

/** `latchkey audit URL`, or `latchkey audit site URL`. */
export function defineSiteAudit(audit: Command): void {
  audit
    .command('site', { isDefault: true })
    .argument('<url>', 'the page of any site where one signs in')
    .description(
      'drive a browser through a sign-in on any site, and report where it keeps its tokens: `latchkey audit URL`',
    )
    .option('--script <file>', 'sign in by this script')
    .option('--email <address>', 'sign in by the form of the page; the password is read from standard input')
    .option('--sign-out <selector>', 'what to click to sign out, as a CSS selector')
    .option('--visit <path...>', 'further pages to open while signed in')
    .option('--browser <path>', 'the program of Chrome, Chromium or Edge, where it is not found by itself')
    .option('--headless', 'show no window')
    .option(
      '--dangerously-without-sandbox',
      'run the browser without its sandbox: for a site that you trust, in a container',
    )
    .option('--fail-on <level>', `exit with 1 from this level on: ${LEVELS.join(', ')} or never`, failOn, 'high')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (url: string, options: SiteAuditOptions & JsonOption) => {
      process.exitCode = await siteAuditCommand(url, options, toOutput(options));
    });
}

function failOn(text: string): SiteAuditOptions['failOn'] {
  const level = [...LEVELS, 'never' as const].find((name) => name === text);
  if (level === undefined) throw new InvalidArgumentError(`Give one of ${LEVELS.join(', ')} or never.`);
  return level;
}
