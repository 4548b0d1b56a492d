import type { Command } from 'commander';
import type { Administer } from '../admin-api/admin-api.ts';
import { listKeys, revokeKey, rotateKeys } from './keys.ts';
import { toOutput, type JsonOption } from './output.ts';

/** `latchkey keys …`. */
export function defineKeys(program: Command, administer: Administer): void {
  const keys = program.command('keys').description('the keys that sign access tokens');
  keys
    .command('list')
    .description('show the keys and their states')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => listKeys(administer, toOutput(options)));
  keys
    .command('rotate')
    .description('let the next key sign from now on')
    .option('--dangerously-now', 'also where some verifiers cannot know the next key yet, and would refuse its tokens')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption & { readonly dangerouslyNow?: true }) =>
      rotateKeys(administer, toOutput(options), { dangerouslyNow: options.dangerouslyNow === true }),
    );
  keys
    .command('revoke <kid>')
    .description('for a key that somebody else may know: refuse all that it signed, and sign with another one')
    // A kid may begin with a dash.
    .allowUnknownOption()
    .option('--json', 'print JSON')
    .action(async (kid: string, options: JsonOption) => revokeKey(administer, kid, toOutput(options)));
}
