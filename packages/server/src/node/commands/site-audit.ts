import { CommandError } from '../command-error.ts';
import { readPasswordLine } from '../password-input.ts';
import { auditSite } from '../site-audit/audit-site.ts';
import { isAtLeast, type Level } from '../site-audit/finding.ts';
import { judge, sawSignIn, secretsOf } from '../site-audit/judge.ts';
import { openBrowser } from '../site-audit/load-playwright.ts';
import { toReport, toText } from '../site-audit/report.ts';
import { createRedaction } from '../site-audit/shorten.ts';
import { stepsByForm } from '../site-audit/steps-by-form.ts';
import { stepsByHand } from '../site-audit/steps-by-hand.ts';
import { stepsByScript } from '../site-audit/steps-by-script.ts';
import type { Login, Steps } from '../site-audit/steps.ts';
import { printable } from '../printable.ts';
import { write, type Output } from './output.ts';

export interface SiteAuditOptions {
  readonly script?: string;
  readonly email?: string;
  readonly signOut?: string;
  readonly visit?: readonly string[];
  readonly browser?: string;
  readonly headless?: true;
  readonly dangerouslyWithoutSandbox?: true;
  readonly failOn: Level | 'never';
}

/** Audits a site, and prints what was found. Gives the exit code. */
export async function siteAuditCommand(given: string, options: SiteAuditOptions, { json }: Output): Promise<number> {
  const url = requireAddress(given);
  const isByHand = options.script === undefined && options.email === undefined;
  if (isByHand) requireSomebody(options);
  const login = await readLogin(options);
  const steps = isByHand ? stepsByHand() : await scriptedSteps(options, url, login);
  const browser = await openBrowser({
    executablePath: options.browser,
    headless: options.headless === true || !hasDisplay(),
    sandbox: options.dangerouslyWithoutSandbox !== true,
  });
  try {
    const audit = { url, steps, visit: options.visit ?? [], now: Date.now, tell: tellUser };
    const evidence = await auditSite(browser, audit).catch((error: unknown) => stopped(error, login));
    if (!sawSignIn(evidence)) {
      throw new CommandError(
        'No sign-in was seen: nothing appeared in any storage, cookie or request.',
        'Check e-mail address and password, or sign in by hand or by a script.',
      );
    }
    const findings = judge(evidence);
    const secrets = [...secretsOf(evidence), login.password ?? ''];
    const redact = createRedaction(secrets);
    const report = toReport({ url, at: evidence.at, browser: `Chromium ${browser.version()}`, findings, redact });
    write(json ? JSON.stringify(report) : toText(report));
    const { failOn } = options;
    return failOn !== 'never' && findings.some(({ level }) => isAtLeast(level, failOn)) ? 1 : 0;
  } finally {
    await browser.close();
  }
}

/** Playwright's errors go on with a log of what was done, which has what was typed. */
function stopped(error: unknown, { password = '' }: Login): never {
  const redact = createRedaction([password]);
  if (error instanceof CommandError) throw new CommandError(redact(error.message), error.advice);
  const [line = ''] = (error instanceof Error ? error.message : 'unknown error').split('\n', 1);
  if (/has been closed/.test(line)) throw new CommandError('The window was closed.', 'Leave it open until the report.');
  throw new CommandError(`The browser stopped: ${redact(line)}`, 'Try again, with the window shown to see why.');
}

/** Beside the report, which standard output is for. */
function tellUser(text: string): void {
  process.stderr.write(printable(`${text}\n`));
}

function requireAddress(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url.href;
  throw new CommandError(
    `${text} is neither the http or https address of a site nor a command.`,
    'Give an address such as https://app.example.com/sign-in, or list, verify or export for the audit log.',
  );
}

function requireSomebody({ headless }: SiteAuditOptions): void {
  if (process.stdin.isTTY && headless !== true && hasDisplay()) return;
  throw new CommandError(
    'Nobody can sign in by hand here: that takes a window and a terminal.',
    'Sign in by a form (--email ADDRESS, the password on standard input) or by a script (--script FILE).',
  );
}

/** Windows and macOS always have one, as far as can be told. */
function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return [process.env['DISPLAY'], process.env['WAYLAND_DISPLAY']].some(
    (display) => display !== undefined && display !== '',
  );
}

async function readLogin({ email }: SiteAuditOptions): Promise<Login> {
  if (email === undefined) return { email, password: undefined };
  try {
    return { email, password: await readPasswordLine(process.stdin) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(error.message, 'Send it alone: printf %s "$PASSWORD" | latchkey audit URL --email ADDRESS');
  }
}

function scriptedSteps(options: SiteAuditOptions, url: string, login: Login): Steps | Promise<Steps> {
  const { script, signOut } = options;
  return script === undefined ? stepsByForm(login, signOut) : stepsByScript(script, url, login, signOut);
}
