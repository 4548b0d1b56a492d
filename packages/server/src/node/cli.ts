#!/usr/bin/env node
import { SigningKeyUnreadableError } from '../domain/keys/unreadable-signing-key.ts';
import { redactText } from '../domain/secrets/redact-text.ts';
import { SchemaTooNewError } from '../storage/errors.ts';
import { CommandError } from './command-error.ts';
import { printable } from './printable.ts';
import { buildProgram } from './program.ts';
import { SettingsError } from './settings.ts';

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
  process.stderr.write(printable(`latchkey: ${message}\n${advice(error)}\n`));
  process.exitCode = 1;
}
