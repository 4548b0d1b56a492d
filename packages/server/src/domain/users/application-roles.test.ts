import { describe, expect, test } from 'vitest';
import { decideApplicationRoles, isApplicationRole, MAX_APPLICATION_ROLES } from './application-roles.ts';

describe('names of roles', () => {
  test.each(['moderator', 'a', 'forum.moderator', 'tier-2_x', `a${'0'.repeat(39)}`])('%s may be had', (name) => {
    expect(isApplicationRole(name)).toBe(true);
  });

  test.each([
    ['of this server', 'administrator'],
    ['of everybody', 'user'],
    ['in capitals', 'Moderator'],
    ['in capitals, like one of the server', 'Administrator'],
    ['beginning with a digit', '1st'],
    ['beginning with a dot', '.hidden'],
    ['with a space', 'forum moderator'],
    ['with a space behind', 'moderator '],
    ['with a line break behind', 'moderator\n'],
    ['with a percent sign', 'mod%'],
    ['with letters that look alike', 'mоderator'],
    ['empty', ''],
    ['too long', `a${'0'.repeat(40)}`],
  ])('one %s may not', (_name, name) => {
    expect(isApplicationRole(name)).toBe(false);
  });
});

describe('the roles of somebody', () => {
  const full = Array.from({ length: MAX_APPLICATION_ROLES }, (_, index) => `role-${index}`);

  test.each([
    ['granted', [], 'b', 'grant', { kind: 'change', roles: ['b'] }],
    ['granted, in order', ['a', 'c'], 'b', 'grant', { kind: 'change', roles: ['a', 'b', 'c'] }],
    ['granted again', ['b'], 'b', 'grant', { kind: 'unchanged' }],
    ['withdrawn', ['a', 'b'], 'b', 'withdraw', { kind: 'change', roles: ['a'] }],
    ['withdrawn again', ['a'], 'b', 'withdraw', { kind: 'unchanged' }],
    ['one too many', full, 'b', 'grant', { kind: 'too_many_roles' }],
    ['the last that fits', full.slice(1), 'b', 'grant', { kind: 'change', roles: ['b', ...full.slice(1).toSorted()] }],
    ['granted again to whoever has no room', full, 'role-3', 'grant', { kind: 'unchanged' }],
  ] as const)('%s', (_name, roles, role, change, decision) => {
    expect(decideApplicationRoles(roles, role, change)).toEqual(decision);
  });
});
