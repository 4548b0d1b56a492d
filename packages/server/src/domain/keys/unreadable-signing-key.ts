/** The private key cannot be decrypted: the master secret is not the one that the key was made under. */
export class SigningKeyUnreadableError extends Error {
  override readonly name = 'SigningKeyUnreadableError';
}
