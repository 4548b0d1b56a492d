#!/usr/bin/env node
import { Command } from 'commander';
import { redactText } from '../domain/secrets/redact-text.ts';
import { SchemaTooNewError } from '../storage/errors.ts';
import { SigningKeyUnreadableError } from '../operations/key-ring.ts';
import { doctor } from './commands/doctor.ts';
import { defineAudit } from './commands/define-audit.ts';
import { defineClients } from './commands/define-clients.ts';
import { defineSessions, defineUsers } from './commands/define-users.ts';
import { listKeys, revokeKey, rotateKeys } from './commands/keys.ts';
import { migrateCommand } from './commands/migrate.ts';
import { serve } from './commands/serve.ts';
import { CommandError } from './command-error.ts';
import { CONFIG_FILE, readConfigFile } from './config-file.ts';
import { SETTING_NAMES, SETTINGS } from './settings-table.ts';
import { readSettings, SettingsError, type Settings } from './settings.ts';

interface JsonOption {
  readonly json?: true;
}

function buildProgram(): Command {
  const program = new Command('latchkey')
    .description('Authorization server: sessions, access tokens, revocation.')
    .version('0.1.0')
    .addHelpText('after', `\n${settingsHelp()}`);

  program
    .command('serve')
    .description('run the server; migrates the database first')
    .action(async () => serve(await settings()));
  program
    .command('migrate')
    .description("bring the database to this release's schema")
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => migrateCommand(await settings(), toOutput(options)));
  program
    .command('doctor')
    .description('check settings, database, clock and keys; says what to do')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => {
      process.exitCode = await doctor(await settings(), toOutput(options));
    });

  const keys = program.command('keys').description('the keys that sign access tokens');
  keys
    .command('list')
    .description('show the keys and their states')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => listKeys(await settings(), toOutput(options)));
  keys
    .command('rotate')
    .description('let the next key sign from now on')
    .option('--dangerously-now', 'also where some verifiers cannot know the next key yet, and would refuse its tokens')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption & { readonly dangerouslyNow?: true }) =>
      rotateKeys(await settings(), toOutput(options), { dangerouslyNow: options.dangerouslyNow === true }),
    );
  keys
    .command('revoke <kid>')
    .description('for a key that somebody else may know: refuse all that it signed, and sign with another one')
    // A kid may begin with a dash.
    .allowUnknownOption()
    .option('--json', 'print JSON')
    .action(async (kid: string, options: JsonOption) => revokeKey(await settings(), kid, toOutput(options)));
  defineClients(program, settings);
  defineUsers(program, settings);
  defineSessions(program, settings);
  defineAudit(program, settings);
  return program;
}

function toOutput(options: JsonOption): { readonly json: boolean } {
  return { json: options.json === true };
}

async function settings(): Promise<Settings> {
  return readSettings(process.env, await readConfigFile(process.cwd()));
}

function settingsHelp(): string {
  const rows = SETTING_NAMES.map((name) => `  ${name.padEnd(34)} ${SETTINGS[name].help}`);
  return [`Settings, from the environment or ${CONFIG_FILE}:`, ...rows].join('\n');
}

/** What to do next, for failures that have a known way out. */
function advice(error: unknown): string {
  if (error instanceof CommandError) return error.advice;
  if (error instanceof SettingsError) return 'Correct the settings; `latchkey --help` lists them.';
  if (error instanceof SchemaTooNewError)
    return 'Run the newer release, or restore a backup from before its migration.';
  if (error instanceof SigningKeyUnreadableError)
    return 'Start with the LATCHKEY_SECRET that this database was made with.';
  const { code } = error as { code?: unknown };
  if (code === 'EADDRINUSE') return 'Another program listens on this port: stop it, or set PORT to another one.';
  return 'Run `latchkey doctor` to look for the cause.';
}

try {
  await buildProgram().parseAsync();
} catch (error) {
  const message = error instanceof Error ? redactText(error.message) : 'unknown error';
  process.stderr.write(`latchkey: ${message}\n${advice(error)}\n`);
  process.exitCode = 1;
}
