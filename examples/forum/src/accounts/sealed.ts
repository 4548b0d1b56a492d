import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What is sealed: a value of one kind opens as no other. */
export type SealedKind = 'sign-in attempt' | 'session tokens' | 'unsubscribe link';

/** Encrypts what the forum keeps or hands out, so that a copy of its database or a cookie gives nobody a token. */
export interface Seals {
  /** @param about - Whose it is: sealed for one session, it does not open for another. */
  seal(kind: SealedKind, about: string, text: string): Buffer;
  /** Undefined where it was sealed as another kind, about another, by another secret, or was changed. */
  open(kind: SealedKind, about: string, sealed: Uint8Array): string | undefined;
}

/** @param secret - FORUM_SECRET: 32 random bytes or more. Another secret opens nothing that was sealed before. */
export function createSeals(secret: string): Seals {
  // RFC 5869: one secret, one key a purpose. What else is derived from the secret has another `info`.
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'sawal sealed values', 32));
  return {
    seal(kind, about, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(additionalData(kind, about));
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    open(kind, about, sealed) {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const nonce = sealed.subarray(0, NONCE_BYTES);
      // Without its length a tag of four bytes would do (NIST SP 800-38D, appendix C).
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(additionalData(kind, about));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        const head = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
        return Buffer.concat([head, decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/** No kind has a colon: what belongs to which is never in doubt. */
function additionalData(kind: SealedKind, about: string): Buffer {
  return Buffer.from(`${kind}:${about}`);
}
