import { InvalidArgumentError, type Command } from 'commander';
import type { Administer } from '../admin-api/admin-api.ts';
import { exportAuditCommand, listAuditCommand, requireLink, verifyAuditCommand } from './audit.ts';
import { defineSiteAudit } from './define-site-audit.ts';
import { toOutput, type JsonOption } from './output.ts';

interface ListOptions extends JsonOption {
  readonly about?: string;
  readonly type?: string;
  readonly since?: number;
  readonly limit: number;
}

const HELP = `
Two things are audited here. list, verify and export are about this server: its log of who did what.
An address is about a site, any: where its pages keep what stands for the user. Its options: latchkey audit site --help`;

/** `latchkey audit …`: the server's own log, and any site by its address. */
export function defineAudit(program: Command, administer: Administer): void {
  const audit = program
    .command('audit')
    .description('the audit log: who did what, from where; or, with an address, where that site keeps its tokens')
    .addHelpText('after', HELP);
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
  defineSiteAudit(audit);
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
