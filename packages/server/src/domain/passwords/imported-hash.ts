/** A password's hash from another product, as a verifier needs it. */
export type ImportedHash =
  | { readonly scheme: 'bcrypt' | 'argon2'; readonly text: string }
  | {
      readonly scheme: 'scrypt';
      /** The form that the password had when it was hashed. */
      readonly form: 'typed' | 'NFKC';
      /** N of RFC 7914 §2. */
      readonly cost: number;
      readonly blockSize: number;
      readonly parallelism: number;
      readonly salt: Buffer;
      readonly key: Buffer;
    };

/** What names the scheme in the database, before the hash as it came. */
export type ImportedScheme = 'bcrypt' | 'argon2' | 'scrypt' | 'better-auth';

export type HashObjection = 'unknown_scheme' | 'malformed' | 'cost_out_of_bounds';

export type RecognisedHash =
  | { readonly kind: 'recognised'; readonly scheme: ImportedScheme; readonly stored: string }
  | { readonly kind: 'refused'; readonly objection: HashObjection };

/** No hash of ours begins so. A hash from elsewhere is told from one of ours also where the parameters are the same. */
const STORED = /^imported:(bcrypt|argon2|scrypt|better-auth):(.+)$/;

/**
 * 128 bits of salt and 184 of hash. The bits that its alphabet has to spare are zero, as all libraries write them: with
 * others ours would find no password right.
 */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;
const BCRYPT_COST = { min: 4, max: 14 };

const ARGON2 = /^\$argon2id?\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
/** Argon2i as well; argon2d is for no passwords (RFC 9106 §4). */
const ARGON2_MAX = { memoryKib: 131_072, passes: 16, lanes: 16, memoryTimesPasses: 262_144 };

const SCRYPT = /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d?),p=([1-9]\d?)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const SCRYPT_LOG_COST = { min: 10, max: 17 };
/** N·r·p, which the time goes by: N of 2^17 and r of 8, at 128 MiB. */
const SCRYPT_MAX_WORK = 2 ** 20;

/** Of Better Auth: the salt's sixteen bytes in hexadecimal, which are hashed as that text, and the key. */
const BETTER_AUTH = /^[0-9a-f]{32}:[0-9a-f]{128}$/;
const BETTER_AUTH_SCRYPT = { cost: 16_384, blockSize: 16, parallelism: 1 };

/** RFC 9106 §3.1 and what libraries can read. */
const SALT_BYTES = { min: 8, max: 48 };
const KEY_BYTES = { min: 16, max: 64 };

/**
 * Reads a hash as other products write it: bcrypt, argon2id and argon2i, scrypt in PHC format, and Better Auth's scrypt.
 * Whatever is recognised can be verified, in a time and with memory that are bounded.
 */
export function recogniseHash(text: string): RecognisedHash {
  if (/^\$2[aby]\$/.test(text)) return recognise('bcrypt', text, judgeBcrypt(text));
  if (/^\$argon2id?\$/.test(text)) return recognise('argon2', text, judgeArgon2(text));
  if (text.startsWith('$scrypt$')) return recognise('scrypt', text, judgeScrypt(text));
  if (BETTER_AUTH.test(text)) return recognise('better-auth', text, undefined);
  return { kind: 'refused', objection: 'unknown_scheme' };
}

/** A hash of the database, if it came from another product; undefined for one of this server's own. */
export function readImportedHash(stored: string): ImportedHash | undefined {
  const [, scheme, text = ''] = STORED.exec(stored) ?? [];
  switch (scheme as ImportedScheme | undefined) {
    case 'bcrypt':
      return { scheme: 'bcrypt', text };
    case 'argon2':
      return { scheme: 'argon2', text };
    case 'scrypt':
      return readScrypt(text);
    case 'better-auth': {
      const [salt = '', key = ''] = text.split(':');
      const bytes = { salt: Buffer.from(salt), key: Buffer.from(key, 'hex') };
      return { scheme: 'scrypt', form: 'NFKC', ...BETTER_AUTH_SCRYPT, ...bytes };
    }
    case undefined:
      return undefined;
  }
}

function recognise(scheme: ImportedScheme, text: string, objection: HashObjection | undefined): RecognisedHash {
  if (objection !== undefined) return { kind: 'refused', objection };
  return { kind: 'recognised', scheme, stored: `imported:${scheme}:${text}` };
}

function judgeBcrypt(text: string): HashObjection | undefined {
  const [, cost] = BCRYPT.exec(text) ?? [];
  if (cost === undefined) return 'malformed';
  return isWithin(Number(cost), BCRYPT_COST) ? undefined : 'cost_out_of_bounds';
}

function judgeArgon2(text: string): HashObjection | undefined {
  const match = ARGON2.exec(text);
  if (match === null || !isBase64(match[4], SALT_BYTES) || !isBase64(match[5], KEY_BYTES)) return 'malformed';
  const [memoryKib = 0, passes = 0, lanes = 0] = match.slice(1, 4).map(Number);
  const isBounded =
    // RFC 9106 §3.1: eight blocks of 1 KiB a lane at least.
    isWithin(memoryKib, { min: 8 * lanes, max: ARGON2_MAX.memoryKib }) &&
    passes <= ARGON2_MAX.passes &&
    lanes <= ARGON2_MAX.lanes &&
    memoryKib * passes <= ARGON2_MAX.memoryTimesPasses;
  return isBounded ? undefined : 'cost_out_of_bounds';
}

function judgeScrypt(text: string): HashObjection | undefined {
  const match = SCRYPT.exec(text);
  if (match === null || !isBase64(match[4], SALT_BYTES) || !isBase64(match[5], KEY_BYTES)) return 'malformed';
  const { cost, blockSize, parallelism } = readScrypt(text);
  const isBounded =
    isWithin(Math.log2(cost), SCRYPT_LOG_COST) &&
    // RFC 7914 §2.
    Math.log2(cost) < 16 * blockSize &&
    cost * blockSize * parallelism <= SCRYPT_MAX_WORK;
  return isBounded ? undefined : 'cost_out_of_bounds';
}

function readScrypt(text: string): ImportedHash & { readonly scheme: 'scrypt' } {
  const [, logCost, blockSize, parallelism, salt = '', key = ''] = SCRYPT.exec(text) ?? [];
  return {
    scheme: 'scrypt',
    form: 'typed',
    cost: 2 ** Number(logCost),
    blockSize: Number(blockSize),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  };
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

function isWithin(value: number, { min, max }: Bounds): boolean {
  return value >= min && value <= max;
}

/** Whether it is the one way to write so many bytes, unpadded (PHC string format): verifiers refuse others. */
function isBase64(text: string | undefined, bounds: Bounds): boolean {
  if (text === undefined) return false;
  const bytes = Buffer.from(text, 'base64');
  return isWithin(bytes.length, bounds) && bytes.toString('base64').replace(/=+$/, '') === text;
}
