import { pino, stdSerializers, type Logger } from 'pino';
import { redactText } from '../domain/secrets/redact-text.ts';
import type { Settings } from './settings.ts';

/** Members that may hold a credential, wherever they turn up in what is logged. */
const CREDENTIAL_MEMBERS = [
  'password',
  'token',
  'secret',
  'credential',
  'cookie',
  'authorization',
  'access_token',
  'refresh_token',
  'client_secret',
  'client_assertion',
  'parameters',
];

/** One JSON object a line, on standard output. */
export function createLog(level: Settings['logLevel']): Logger {
  return pino({
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: CREDENTIAL_MEMBERS.flatMap((member) => [member, `*.${member}`]), censor: '[secret]' },
    serializers: { err: (error: Error) => redactError(stdSerializers.err(error)) },
  });
}

/** An error's own words may quote what it failed on. */
function redactError(error: ReturnType<typeof stdSerializers.err>): object {
  const { type, message, stack } = error;
  const code = (error as { code?: unknown }).code;
  return { type, message: redactText(message), stack: redactText(stack), ...(code !== undefined && { code }) };
}
