/** `latchkey audit URL` on what is vulnerable on purpose, on Latchkey, and on an application with Better Auth. */
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { storageIds, storageOf, type StorageId } from '../browser-attacks/demo/storages.ts';
import { startWorld, type World } from '../browser-attacks/world.ts';
import { startWebsite } from '../oauth/foreign-app.ts';
import { createAccount, newAccount } from '../support/accounts.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { auditByHand } from './audit-by-hand.ts';
import { startBetterAuthWebsite } from './better-auth-website.ts';
import { createAuditor, summary, type Auditor, type Report } from './run-audit.ts';
import { betterAuthSteps, latchkeySteps } from './scripts.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const isWhole = process.env['LATCHKEY_ATTACKS'] === '1';
/** The long form is many browsers: one after the other, for an audit takes what is slow for what is over. */
const describeTogether = isWhole ? describe : describe.concurrent;
const everyLevel = ['critical', 'high', 'medium', 'low', 'info'];

/** Of every demo: its page has no policy, and a vendor's script. */
const page = ['medium no_policy', 'medium third_party_script'];
const cacheable = 'high cacheable_set_cookie';
const survives = 'high survives_sign_out';

/** What was planted, from medium on, besides what every page has; in Latchkey's modes nothing. */
const planted: Readonly<Partial<Record<StorageId, readonly string[]>>> = {
  url: ['critical token_to_third_party', 'high token_in_address', survives],
  'local-storage': ['high token_in_local_storage', survives],
  'session-storage': ['high token_in_session_storage', survives],
  'readable-cookie': ['high cookie_readable', cacheable, survives],
  'cookie-none': ['medium cookie_same_site_none', cacheable],
  'cookie-default': [cacheable],
  'cookie-lax': [cacheable],
  'cookie-strict': [cacheable],
  'jwt-cookie': [cacheable, survives],
  memory: [survives],
  // A copy of a request is refused, so that no copy tells anything: said as `endings_not_told`.
  'memory-dpop': [],
};
/** Below medium: what sets the storages apart all the same. */
const told: Readonly<Partial<Record<StorageId, string>>> = {
  'cookie-default': 'low cookie_no_same_site',
  'cookie-lax': 'info cookie_same_site_lax',
  'cookie-strict': 'info ends_with_sign_out',
  'jwt-cookie': 'low jwt_long_life',
  memory: 'info token_in_page_memory',
  'memory-dpop': 'info endings_not_told',
  'latchkey-session': 'info ends_with_sign_out',
  'latchkey-memory': 'info ends_with_sign_out',
};

describeTogether('the demo that is vulnerable on purpose', () => {
  let world: World;
  let auditor: Auditor;
  beforeAll(async () => {
    world = await startWorld({ latchkey: isWhole ? 'usual' : 'none' });
    auditor = await createAuditor({ cacheDirectory: inject('cacheDirectory'), spki: world.spki });
  });
  afterAll(async () => {
    await auditor?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
  });

  const auditDemo = (id: StorageId): Promise<Report & { readonly result: { stdout: string; stderr: string } }> => {
    const storage = storageOf(id);
    const { user, password } = world.login(storage, 'alice');
    const steps = ['--email', user, '--sign-out', '#sign-out button', '--visit', 'welcome'];
    return auditor.audit(world.app(storage), steps, password);
  };

  test.each(isWhole ? storageIds : (['local-storage'] as const))('%s', async (id) => {
    const report = await auditDemo(id);
    expect(summary(report)).toEqual([...page, ...(planted[id] ?? [])].toSorted());
    expect(summary(report, everyLevel)).toEqual(expect.arrayContaining([told[id] ?? page[0]]));

    const { stdout, stderr } = report.result;
    const credentials = credentialsIn(world.log.flatMap(({ rawHeaders, url }) => [...rawHeaders, url]));
    expect(credentials.length).toBeGreaterThan(0);
    for (const credential of [...credentials, world.login(storageOf(id), 'alice').password]) {
      expect(stdout + stderr).not.toContain(credential.slice(0, 12));
    }
    expect(auditor.strayConnections()).toBe(0);
  });

  if (!isWhole) return;
  test('who cannot sign in is told so, and no report says that all is well', async () => {
    const { code, stdout, stderr } = await auditor.run(
      [world.app(storageOf('cookie-strict')), '--email', 'alice'],
      'not the password',
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toContain('not the password');
  });
});

/** What stands for the user in headers and addresses, in all forms of the demo. */
function credentialsIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const found = /(?:session=|Bearer |DPoP |token=)([\w.-]{20,})|((?:lks|lkr)_[\w-]{20,})/.exec(text);
    return found ? [found[1] ?? found[2] ?? ''] : [];
  });
}

describeTogether('Latchkey’s own pages', () => {
  let server: ServerProcess;
  let auditor: Auditor;
  beforeAll(async () => {
    [server, auditor] = await Promise.all([startServer(), createAuditor({ cacheDirectory: inject('cacheDirectory') })]);
  });
  afterAll(async () => {
    await auditor?.[Symbol.asyncDispose]();
    await server?.close();
  });

  test('nothing above info is found, and a copy ends with the sign-out', async () => {
    const account = await createAccount(server, newAccount('Ada'));
    const steps = ['--email', account.email, '--sign-out', 'form[action="/sign-out"] button', '--fail-on', 'low'];
    const report = await auditor.audit(`${server.origin}/sign-in`, steps, account.password);
    expect(summary(report, ['critical', 'high', 'medium', 'low'])).toEqual([]);
    expect(summary(report, everyLevel)).toEqual(
      expect.arrayContaining(['info ends_with_sign_out', 'info http_only_session']),
    );
    expect(report.result.code).toBe(0);
    expect(auditor.strayConnections()).toBe(0);
    if (!isWhole) expect(await auditor.profiles()).toEqual([]);
  });

  if (!isWhole) return;
  test('a change of the password ends the sessions elsewhere, and copies of this one', async () => {
    const account = await createAccount(server, newAccount('Ada'));
    const steps = ['--email', account.email, '--script', await auditor.script(latchkeySteps)];
    const report = await auditor.audit(`${server.origin}/sign-in`, steps, account.password);
    expect(summary(report, ['critical', 'high', 'medium', 'low'])).toEqual([]);
    expect(report.result.code).toBe(0);
    expect(summary(report, everyLevel)).toContain('info ends_with_password_change');
  });
});

describeTogether('what is asked for', () => {
  let auditor: Auditor;
  beforeAll(async () => {
    auditor = await createAuditor({ cacheDirectory: inject('cacheDirectory') });
  });
  afterAll(() => auditor?.[Symbol.asyncDispose]());

  const wrong: readonly (readonly [string, readonly string[]])[] = [
    ['a command that there is not', ['lsit']],
    ['by hand, without a terminal', ['https://app.test/']],
    ['no web address', ['file:///etc/passwd']],
    ['an address with a password', ['https://ada:secret-word@app.test/']],
    ['no password', ['https://app.test/', '--email', 'ada@example.org']],
    ['no such script', ['https://app.test/', '--script', 'not-there.mjs']],
    ['no such level', ['https://app.test/', '--email', 'ada@example.org', '--fail-on', 'worst']],
  ];
  test.each(isWhole ? wrong : wrong.slice(0, 2))('%s', async (_name, args) => {
    const { code, stdout, stderr } = await auditor.run(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stderr).not.toContain('secret-word');
  });
});

function testByHand(): void {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server?.close());

  test('the command opens a window, waits until somebody has signed in, and again for the sign-out', async () => {
    await using auditor = await createAuditor({ cacheDirectory: inject('cacheDirectory') });
    const account = await createAccount(server, newAccount('Ada'));
    await using hand = await auditByHand(auditor, `${server.origin}/sign-in`);
    await hand.asked('Sign in in the window');
    expect((await hand.switches()).filter((name) => name.startsWith('--headless'))).toEqual([]);
    await hand.inWindow(async (tab) => {
      await tab.getByLabel('E-mail address').fill(account.email);
      await tab.getByLabel('Password', { exact: true }).fill(account.password);
      await tab.getByRole('button', { name: 'Sign in', exact: true }).click();
      await tab.waitForURL('**/account');
    });
    expect(hand.isRunning()).toBe(true);
    hand.press('');
    await hand.asked('Now sign out in the window');
    await hand.inWindow(async (tab) => {
      await tab.getByRole('button', { name: 'Sign out here' }).click();
      await tab.waitForURL((address) => address.pathname !== '/account');
    });
    expect(hand.isRunning()).toBe(true);
    hand.press('');
    const { code, stdout } = await hand.ended();
    const report = JSON.parse(stdout) as Report;
    expect(summary(report, ['critical', 'high', 'medium', 'low'])).toEqual([]);
    expect(summary(report, everyLevel)).toContain('info ends_with_sign_out');
    expect(code).toBe(0);
  });
}

function testOtherSites(): void {
  test('an application with Better Auth and its defaults', async () => {
    const account = newAccount('Annie');
    await using auditor = await createAuditor({ cacheDirectory: inject('cacheDirectory') });
    await using website = await startBetterAuthWebsite(account);
    const steps = ['--email', account.email, '--script', await auditor.script(betterAuthSteps)];
    const report = await auditor.audit(website.origin, steps, account.password);
    // Its `changePassword` ends other sessions only where it is asked to: `revokeOtherSessions`.
    expect(summary(report)).toEqual(['high survives_password_change', 'medium no_policy']);
    expect(summary(report, everyLevel)).toEqual(
      expect.arrayContaining(['info ends_with_sign_out', 'info http_only_session', 'info cookie_same_site_lax']),
    );
    expect(report.result.code).toBe(1);
  });

  test('where a site leads elsewhere, Chromium goes there: what counts strays would see one', async () => {
    await using auditor = await createAuditor({ cacheDirectory: inject('cacheDirectory') });
    await using website = await startWebsite();
    website.serve((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.end('<input type=email><input type=password><img src="http://elsewhere.example/x.png">');
    });
    const { code, stdout } = await auditor.run([website.origin, '--email', 'ada@example.org'], 'a password');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(auditor.strayConnections()).toBeGreaterThan(0);
  });
}

if (isWhole) describeTogether('other sites', testOtherSites);
if (isWhole) describe('by hand', testByHand);
