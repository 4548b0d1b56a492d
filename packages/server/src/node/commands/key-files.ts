import { generateKeyPairSync } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { readClientKeys } from '../../domain/clients/keys.ts';
import type { KeySource } from '../../domain/clients/registration.ts';
import { CommandError } from '../command-error.ts';
import { describeRegistrationProblem } from './client-problems.ts';

/** Where a command finds the keys of a client, or puts them. */
export interface KeyFiles {
  /** With public keys, as a JWK or a JWK Set. */
  readonly publicFile: string | undefined;
  readonly jwksUri: string | undefined;
  /** To be made, for a new private key. */
  readonly privateFile: string | undefined;
}

/**
 * Reads public keys from a file, or makes a key pair and writes the private key to a new one, which this user alone may
 * read. That file goes again where `work` fails: nothing knows its key.
 */
export async function withKeySource<Result>(
  { publicFile, jwksUri, privateFile }: KeyFiles,
  work: (source: KeySource) => Promise<Result>,
): Promise<Result> {
  if (privateFile === undefined) {
    return work({ jwks: publicFile === undefined ? undefined : await readKeyFile(publicFile), jwksUri });
  }
  if (publicFile !== undefined || jwksUri !== undefined) {
    throw new CommandError('There are several sources of keys.', 'Give one of --jwk, --jwks-uri and --generate-key.');
  }
  const jwks = await generateKeyFile(privateFile);
  try {
    return await work({ jwks });
  } catch (error) {
    await rm(privateFile, { force: true });
    throw error;
  }
}

/** Members of a request to the management API. */
export function toKeyMembers({ jwks, jwksUri }: KeySource): object {
  return { jwks: jwks === undefined ? undefined : parseKeys(jwks), jwks_uri: jwksUri };
}

function parseKeys(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Said below.
  }
  throw new CommandError(
    describeRegistrationProblem({ code: 'bad_key_set', value: '' }),
    'Give a file with public keys in JSON.',
  );
}

async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file} cannot be read.`, `Look at its name and its permissions: ${codeOf(error)}.`);
  }
}

/** Gives the public part. */
async function generateKeyFile(file: string): Promise<string> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwks = JSON.stringify(publicKey.export({ format: 'jwk' }));
  const [key] = readClientKeys(jwks).keys;
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: key?.kid, alg: 'ES256', use: 'sig' };
  try {
    // `wx`: a key that somebody may still need is never written over, and no link is followed to another place.
    await writeFile(file, `${JSON.stringify(jwk)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const advice =
      codeOf(error) === 'EEXIST' ? 'Give a name that no file has.' : `Look at its directory: ${codeOf(error)}.`;
    throw new CommandError(`${file} cannot be written.`, advice);
  }
  return jwks;
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown }).code);
}
