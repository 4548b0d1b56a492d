import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const dayMs = 86_400_000;

/** X.690 tags of what a certificate is made of. */
const tag = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, utf8: 0x0c, time: 0x17, sequence: 0x30, set: 0x31 };

/**
 * A certificate for `localhost`, valid for a day, and its key, both as PEM. Made anew each time, so that no key has to
 * be kept anywhere: Node signs, but cannot make certificates. RFC 5280 §4.1 has the structure.
 */
export function selfSignedCertificate(now = Date.now()): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(tag.sequence, oid('2a8648ce3d040302')); // ecdsa-with-SHA256
  const name = der(
    tag.sequence,
    der(tag.set, der(tag.sequence, oid('550403'), der(tag.utf8, Buffer.from('localhost')))),
  );
  const alternativeName = der(tag.sequence, der(0x82, Buffer.from('localhost')));
  const toBeSigned = der(
    tag.sequence,
    der(0xa0, der(tag.integer, Buffer.from([2]))), // version 3
    der(tag.integer, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    der(tag.sequence, time(now - dayMs), time(now + dayMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(tag.sequence, der(tag.sequence, oid('551d11'), der(tag.octets, alternativeName)))),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', toBeSigned, privateKey)]);
  const certificate = der(tag.sequence, toBeSigned, algorithm, der(tag.bits, signature));
  const lines = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function der(identifier: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([identifier, ...header]), content]);
}

function oid(hex: string): Buffer {
  return der(tag.oid, Buffer.from(hex, 'hex'));
}

/** UTCTime: `YYMMDDhhmmssZ`. */
function time(instant: number): Buffer {
  return der(tag.time, Buffer.from(`${new Date(instant).toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`));
}
