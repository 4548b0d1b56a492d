import { ADMIN_ROUTES } from '@latchkey/protocol';
import {
  adminAuditChainQuery,
  adminAuditChainResponse,
  adminAuditListResponse,
  adminAuditQuery,
  adminAuditVerificationQuery,
  adminAuditVerificationResponse,
} from '@latchkey/protocol/schemas';
import { isAuditEventId } from '../../../domain/ids.ts';
import { verifyAuditLog } from '../../../operations/chain-audit-events.ts';
import { chainIfIntact, listAuditChainPage, listAuditEventsPage } from '../../../operations/list-audit-events.ts';
import { parseLink, representAuditEvent, representVerification } from '../../admin-representations.ts';
import type { App, HttpDependencies } from '../../environment.ts';
import { pageSize, readAdminQuery, requireCursor } from './admin-query.ts';
import { mountAdminRoutes, type AdminRoute } from './admin-route.ts';

/** What happened. Only read here: nobody changes it. */
export function mountAdminAudit(app: App, dependencies: HttpDependencies): void {
  mountAdminRoutes(app, dependencies, [listRoute(dependencies), chainRoute(dependencies), verifyRoute(dependencies)]);
}

const READING = { method: 'get', noun: 'audit', access: 'read' } as const;

function listRoute({ operations }: HttpDependencies): AdminRoute {
  return {
    ...READING,
    path: ADMIN_ROUTES.audit,
    documentation: {
      summary: 'List audit events',
      description: 'The newest first. Pages go on by `next`.',
      query: adminAuditQuery,
      answers: { 200: { description: 'A page', schema: adminAuditListResponse } },
      errors: ['invalid_request'],
    },
    handle: async (c) => {
      const query = readAdminQuery(c, adminAuditQuery);
      const { cursor, ...search } = query;
      const before = requireCursor(cursor, isAuditEventId);
      const { items, next } = await listAuditEventsPage(operations, { ...search, before }, pageSize(query));
      return c.json({ events: items.map(representAuditEvent), next: next ?? null });
    },
  };
}

function chainRoute({ operations }: HttpDependencies): AdminRoute {
  return {
    ...READING,
    path: ADMIN_ROUTES.auditChain,
    documentation: {
      summary: 'Read the chain of audit events',
      description: 'In the order of the chain, the oldest first, for a copy elsewhere. Pages go on by `next`.',
      query: adminAuditChainQuery,
      answers: { 200: { description: 'A page', schema: adminAuditChainResponse } },
      errors: ['invalid_request'],
    },
    handle: async (c) => {
      const query = readAdminQuery(c, adminAuditChainQuery);
      const { items, next } = await listAuditChainPage(operations, query.cursor ?? 0, pageSize(query));
      return c.json({ events: items.map(representAuditEvent), next: next ?? null });
    },
  };
}

function verifyRoute({ operations }: HttpDependencies): AdminRoute {
  return {
    ...READING,
    path: ADMIN_ROUTES.auditVerification,
    documentation: {
      summary: 'Verify the audit log',
      description: 'Follows the chain, and says whether any event was changed or removed. A long one comes in parts.',
      query: adminAuditVerificationQuery,
      answers: { 200: { description: 'What was found', schema: adminAuditVerificationResponse } },
      errors: ['invalid_request'],
    },
    handle: async (c) => {
      const { cursor, expect } = readAdminQuery(c, adminAuditVerificationQuery);
      await chainIfIntact(operations);
      const expected = expect === undefined ? undefined : parseLink(expect);
      const from = cursor === undefined ? undefined : parseLink(cursor);
      return c.json(representVerification(await verifyAuditLog(operations, { expected, from })));
    },
  };
}
