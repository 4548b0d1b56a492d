/** Names of the types that the two databases spell differently. */
export const TYPES = {
  sqlite: { integer: 'integer', bytes: 'blob', options: 'strict' },
  postgres: { integer: 'bigint', bytes: 'bytea', options: '' },
} as const;
