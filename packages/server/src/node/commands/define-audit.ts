import { InvalidArgumentError, type Command } from 'commander';
import type { Administer } from '../admin-api/admin-api.ts';
import { exportAuditCommand, listAuditCommand, requireLink, verifyAuditCommand } from './audit.ts';
import { toOutput, type JsonOption } from './output.ts';

interface ListOptions extends JsonOption {
  readonly about?: string;
  readonly type?: string;
  readonly since?: number;
  readonly limit: number;
}

/** `latchkey audit …`. */
export function defineAudit(program: Command, administer: Administer): void {
  const audit = program.command('audit').description('what happened: who did what, from where');
  audit
    .command('list')
    .description('show events, the newest first')
    .option('--about <id>', 'of this user, session or client')
    .option('--type <type>', 'of this type, such as user.sign_in_failed')
    .option('--since <date>', 'since this date or time, such as 2030-01-31 or 2030-01-31T12:00Z', instant)
    .option('--limit <count>', 'how many at most', wholeNumber, 50)
    .option('--json', 'print JSON')
    .action(async ({ limit, ...search }: ListOptions) => listAuditCommand(administer, search, limit, toOutput(search)));
  audit
    .command('verify')
    .description('follow the chain of events, and say whether any was changed or removed')
    .option('--expect <head>', 'a head that was printed earlier: it must still be in the log')
    .option('--json', 'print JSON')
    .action(async ({ expect, ...options }: JsonOption & { readonly expect?: string }) => {
      const expected = expect === undefined ? undefined : requireLink(expect);
      process.exitCode = await verifyAuditCommand(administer, expected, toOutput(options));
    });
  audit
    .command('export')
    .description('print all events as JSON lines, the oldest first')
    .option(
      '--after <seq>',
      'only those behind this place in the chain, the `seq` of the last one that you have',
      wholeNumber,
      0,
    )
    .action(async ({ after }: { readonly after: number }) => exportAuditCommand(administer, after));
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

function instant(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('Give a date as ISO 8601 has it: 2030-01-31.');
  return at;
}
