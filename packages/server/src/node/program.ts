import { Command } from 'commander';
import type { Administer } from './admin-api/admin-api.ts';
import { REMOTE_VARIABLES } from './admin-api/remote-variables.ts';
import { defineAudit } from './commands/define-audit.ts';
import { defineClients } from './commands/define-clients.ts';
import { defineKeys } from './commands/define-keys.ts';
import { defineSessions, defineUsers } from './commands/define-users.ts';
import { toOutput, type JsonOption } from './commands/output.ts';
import { CommandError } from './command-error.ts';
import { CONFIG_FILE, readConfigFile } from './config-file.ts';
import { FILE_VARIABLES, SETTING_NAMES, SETTINGS } from './settings-table.ts';
import { readSettings, type Settings } from './settings.ts';

interface GlobalOptions {
  readonly server?: string;
}

/**
 * The commands and their options; nothing is run. What a command needs is loaded by the command: all of it takes longer
 * than most commands do.
 */
export function buildProgram(): Command {
  const program = new Command('latchkey')
    .description('Authorization server: sessions, access tokens, revocation.')
    .version('0.1.0')
    .option('--server <url>', 'manage the server there, instead of the database of the settings')
    .addHelpText('after', `\n${settingsHelp()}`);

  const here = async () => {
    if (program.opts<GlobalOptions>().server === undefined) return settings();
    throw new CommandError('This command works where the server is, not elsewhere.', 'Leave --server out.');
  };
  program
    .command('serve')
    .description('run the server; migrates the database first')
    .action(async () => {
      const { serve } = await import('./commands/serve.ts');
      await serve(await here());
    });
  program
    .command('migrate')
    .description("bring the database to this release's schema")
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => {
      const { migrateCommand } = await import('./commands/migrate.ts');
      await migrateCommand(await here(), toOutput(options));
    });
  program
    .command('doctor')
    .description('check settings, database, clock and keys; says what to do')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => {
      const { doctor } = await import('./commands/doctor.ts');
      process.exitCode = await doctor(await here(), toOutput(options));
    });

  const administer: Administer = async (work) => {
    const server = serverElsewhere(program);
    if (server === undefined) {
      const { withLocalAdminApi } = await import('./admin-api/local-admin-api.ts');
      return withLocalAdminApi(await settings(), work);
    }
    const { connectRemoteAdminApi } = await import('./admin-api/remote-admin-api.ts');
    return work(await connectRemoteAdminApi(server, process.env));
  };
  defineKeys(program, administer);
  defineClients(program, administer);
  defineUsers(program, administer);
  defineSessions(program, administer);
  defineAudit(program, administer);
  return program;
}

/** The server to manage where that is not the one of the settings. */
function serverElsewhere(program: Command): string | undefined {
  const { server = process.env['LATCHKEY_SERVER'] } = program.opts<GlobalOptions>();
  return server === '' ? undefined : server;
}

async function settings(): Promise<Settings> {
  return readSettings(process.env, await readConfigFile(process.cwd()));
}

function settingsHelp(): string {
  const rows = SETTING_NAMES.map((name) => `  ${name.padEnd(34)} ${SETTINGS[name].help}`);
  return [
    `Settings, from the environment or ${CONFIG_FILE}:`,
    ...rows,
    `\nOr the path of a file that holds the value: ${FILE_VARIABLES.join(', ')}`,
    '\nTo manage a server elsewhere, by a client with the scope admin, from the environment:',
    `  ${REMOTE_VARIABLES.join(', ')}`,
  ].join('\n');
}
