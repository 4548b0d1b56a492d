import { pino, type Logger } from 'pino';
import type { Settings } from './settings.ts';

/** What no log line shows, should anybody log an object that has it. Errors of the libraries quote none of these. */
const CREDENTIALS = [
  'accessToken',
  'refreshToken',
  'idToken',
  'access_token',
  'refresh_token',
  'id_token',
  'logout_token',
  'codeVerifier',
  'code_verifier',
  'client_secret',
  'secret',
  'password',
  'cookie',
  'authorization',
];

/** One JSON line an event, on standard output. */
export function createLog({ logLevel }: Pick<Settings, 'logLevel'>): Logger {
  const paths = CREDENTIALS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino({ level: logLevel, base: null, redact: { paths, censor: '[redacted]' } });
}
