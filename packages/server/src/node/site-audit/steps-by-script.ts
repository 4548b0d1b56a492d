import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { CommandError } from '../command-error.ts';
import { clickSignOut } from './steps-by-form.ts';
import type { Login, Steps } from './steps.ts';

type Step = (page: Page, about: { readonly url: string } & Login) => unknown;

/**
 * An ES module: its default export signs in, `signOut` and `changePassword` may be there. It runs with the rights of
 * whoever starts the command, like any script of theirs.
 */
export async function stepsByScript(
  file: string,
  url: string,
  login: Login,
  signOutSelector: string | undefined,
): Promise<Steps> {
  const script = await load(file);
  const step = (name: string): Step | undefined => {
    const found = script[name];
    if (found === undefined || typeof found === 'function') return found as Step | undefined;
    throw new CommandError(`${file} exports ${name}, which is not a function.`, 'Export functions that get a page.');
  };
  const signIn = step('default');
  if (signIn === undefined) {
    throw new CommandError(`${file} has no default export.`, 'Write: export default async (page) => { … }');
  }
  const about = { url, ...login };
  const signOut = step('signOut');
  const changePassword = step('changePassword');
  const bySelector = signOutSelector === undefined ? undefined : (page: Page) => clickSignOut(page, signOutSelector);
  const byScript = signOut && ((page: Page) => run(file, 'signOut', () => signOut(page, about)).then(() => true));
  return {
    signIn: (page) => run(file, 'the sign-in', () => signIn(page, about)),
    signOut: byScript ?? bySelector,
    changePassword: changePassword && ((page) => run(file, 'changePassword', () => changePassword(page, about))),
  };
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new CommandError(`${file} could not be loaded: ${reason}`, 'Give an ES module: a .mjs file, for instance.');
  }
}

async function run(file: string, step: string, action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    // Playwright goes on with a log of calls, which has what was typed.
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : 'unknown error';
    throw new CommandError(`${file} failed at ${step}: ${reason}`, 'Try it with the window shown: without --headless.');
  }
}
