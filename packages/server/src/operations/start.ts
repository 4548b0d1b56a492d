import { CHAIN_BEGINNING, sealChain } from '../domain/audit/chain.ts';
import { ensureAuditChain } from '../storage/audit-chain.ts';
import { ensureRevocationHead } from '../storage/revocations.ts';
import type { OperationContext } from './context.ts';
import { ensureSigningKeys } from './manage-signing-keys.ts';

const EPOCH_BYTES = 12;

/** What a migrated database needs before it can serve: the revocation log's head, the audit chain's row and the signing keys. */
export async function prepareDatabase(context: OperationContext): Promise<void> {
  const epoch = Buffer.from(context.random(EPOCH_BYTES)).toString('base64url');
  const seal = sealChain(CHAIN_BEGINNING, CHAIN_BEGINNING, context.keys.auditMac);
  await context.store.transaction(async (tx) => {
    await ensureRevocationHead(tx, epoch);
    await ensureAuditChain(tx, seal);
  });
  await ensureSigningKeys(context);
  // Fails here rather than at the first token, where the master secret is another one.
  await context.keyRing.publicKeySet();
}
