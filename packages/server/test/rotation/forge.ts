import { crc32 } from 'node:zlib';
import { CREDENTIAL_LAYOUT, CREDENTIAL_PREFIXES, type CredentialCarrier } from '@latchkey/protocol';

const { mac: MAC_BYTES } = CREDENTIAL_LAYOUT;
const CHECKSUM_CHARACTERS = 6;

/**
 * What somebody makes who knows the format but no key: the words of one credential under the MAC of another, or under
 * another prefix, with a checksum that fits.
 */
export function forge(
  credential: string,
  { mac = credential, carrier }: { mac?: string; carrier?: CredentialCarrier },
) {
  const head = bodyOf(credential).subarray(0, -MAC_BYTES);
  const body = Buffer.concat([head, bodyOf(mac).subarray(-MAC_BYTES)]).toString('base64url');
  const prefix = carrier === undefined ? credential.slice(0, 'lks_'.length) : CREDENTIAL_PREFIXES[carrier];
  const checksum = Buffer.alloc(CREDENTIAL_LAYOUT.checksum);
  checksum.writeUInt32BE(crc32(prefix + body));
  return prefix + body + checksum.toString('base64url');
}

function bodyOf(credential: string): Buffer {
  return Buffer.from(credential.slice('lks_'.length, -CHECKSUM_CHARACTERS), 'base64url');
}
