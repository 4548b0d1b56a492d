/** As an app with Better Auth and its defaults hashes a password. */
export { hashPassword as hashAsBetterAuth } from 'better-auth/crypto';
