import type { Argument, Command, Option } from 'commander';
import { API_ERRORS, OAUTH_ERRORS, PROBLEM_MEDIA_TYPE } from '@latchkey/protocol';
import { REMOTE_VARIABLES } from '../../src/node/admin-api/remote-variables.ts';
import { CONFIG_FILE } from '../../src/node/config-file.ts';
import { FILE_VARIABLES, SETTING_NAMES, SETTINGS } from '../../src/node/settings-table.ts';

const madeFrom = (source: string): string =>
  `This file is made from ${source}; a test compares it. To make it anew:\n` +
  '`UPDATE_DOCS=1 npx vitest run packages/server/test/reference`.';

/** The text of `docs/reference/settings.md`. */
export function settingsDocument(): string {
  const rows = SETTING_NAMES.map((name) => {
    const { help, allowed } = SETTINGS[name];
    // The default stands in brackets at the end of the help, for a terminal has no columns.
    const [, meaning = help, fallback = ''] = /^(.*) \((.*)\)$/s.exec(help) ?? [];
    return [`\`${name}\``, meaning, fallback.replaceAll('<', String.raw`\<`), allowed];
  });
  return page(
    '# Settings',
    `From the environment, or from \`${CONFIG_FILE}\` in the working directory, under the same names; the environment goes first. A wrong
value stops the start with the setting's name, what was given and what is allowed. \`latchkey doctor\` checks them.`,
    table(['setting', 'what it is', 'default', 'allowed'], rows),
    `Instead of a credential the environment may give the path of a file that holds it, with a line break at the end or without: ${FILE_VARIABLES.map((name) => `\`${name}\``).join(', ')}.`,
    `Commands for a server elsewhere read ${REMOTE_VARIABLES.map((name) => `\`${name}\``).join(', ')}: [managing](../admin.md#from-another-machine).`,
    madeFrom('`packages/server/src/node/settings-table.ts`'),
  );
}

/** The text of `docs/reference/errors.md`. */
export function errorsDocument(): string {
  const own = Object.entries(API_ERRORS).map(([code, { status, title }]) => [`\`${code}\``, String(status), title]);
  const oauth = Object.entries(OAUTH_ERRORS).map(([code, { status }]) => [`\`${code}\``, String(status)]);
  return page(
    '# Errors',
    `Branch on the code, never on the text: codes are stable. Errors are told in general words; the exact reason is
in the log.`,
    '## `/api`, `/admin/api` and the revocation feed',
    `Problem documents (RFC 9457, \`${PROBLEM_MEDIA_TYPE}\`): \`type\`, \`title\`, \`status\`, \`code\`, and where there is more to say \`detail\` and
\`errors\`, the members that are wrong by their JSON pointers. 429 and 503 come with \`Retry-After\`.`,
    table(['code', 'status', 'title'], own),
    '## OAuth',
    'As RFC 6749 §5.2 has them: `error`, and `error_description` for the developer of the client.',
    table(['error', 'status'], oauth),
    'Where a resource refuses a token (RFC 6750 §3, RFC 9449 §7.1) the status is 401, and the code is in `WWW-Authenticate`.',
    '## The verifier',
    'Codes of `VerifierError` in your API: [a table of their own](../../packages/verifier/README.md#codes).',
    madeFrom('`packages/protocol/src/errors.ts`'),
  );
}

/** The text of `docs/reference/command-line.md`. */
export function commandLineDocument(program: Command): string {
  return page(
    '# Command line',
    `\`npx latchkey COMMAND\`. Commands read [the settings](settings.md), and work on the database that these name, or, with \`--server\`, on a
[server elsewhere](../admin.md#from-another-machine). With \`--json\` they print JSON, one value on one line. The exit code is 0 for what was done.`,
    ...program.commands.flatMap((command) => describeCommand(command, 'latchkey')),
    madeFrom('the definitions in `packages/server/src/node/program.ts`'),
  );
}

function describeCommand(command: Command, path: string): string[] {
  const name = `${path} ${command.name()}`;
  const ends = command.commands.flatMap((inner) => describeCommand(inner, name));
  if (ends.length > 0) return ends;
  const given = command.registeredArguments;
  const meanings = [
    ...given.map((argument) => [`\`${argumentName(argument)}\``, meaningOf(argument)]),
    ...command.options.map((option) => [`\`${option.flags}\``, meaningOf(option)]),
  ];
  const rows = meanings.filter(([, meaning]) => meaning !== '');
  const described = [`## \`${[name, ...given.map(argumentName)].join(' ')}\``, sentence(command.description())];
  return rows.length === 0 ? described : [...described, table(['option', ''], rows)];
}

function argumentName(argument: Argument): string {
  const words = `${argument.name()}${argument.variadic ? '…' : ''}`;
  return argument.required ? `<${words}>` : `[${words}]`;
}

function meaningOf({ description, defaultValue }: Argument | Option): string {
  const fallback: unknown = defaultValue;
  return typeof fallback === 'string' || typeof fallback === 'number' ? `${description} (${fallback})` : description;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function page(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}
