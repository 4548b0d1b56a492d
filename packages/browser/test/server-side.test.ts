import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { MAX_SLOTS, ROUTES, SLOT_HEADER } from '@latchkey/protocol';
import { createClient } from '../src/index.ts';
import * as paths from '../src/paths.ts';
import { LatchkeyProvider, useLatchkey, useSignInState } from '../src/react.ts';
import { tabSlot } from '../src/tab-slot.ts';

test('on a server it is there, asks nobody, and knows nobody', () => {
  const client = createClient({ mode: 'memory', apis: [{ origin: 'https://api.example' }], slots: true });
  expect(client.state).toEqual({ status: 'unknown' });
  const Status = () => createElement('p', null, useSignInState().status);
  const page = createElement(LatchkeyProvider, { client, children: createElement(Status) });
  expect(renderToString(page)).toBe('<p>unknown</p>');
  // Nothing that would keep the process alive.
  expect(process.getActiveResourcesInfo()).not.toContain('MessagePort');
});

test('a component without a provider is a mistake', () => {
  const Lost = () => createElement('p', null, useLatchkey().state.status);
  expect(() => renderToString(createElement(Lost))).toThrow('LatchkeyProvider');
});

test('a server has no tabs', () => {
  tabSlot.set(MAX_SLOTS - 1);
  expect(tabSlot.get()).toBeNull();
});

test('the paths are those of the protocol', () => {
  expect({ ...paths }).toEqual({
    SESSION_PATH: ROUTES.session,
    SESSION_TOKEN_PATH: ROUTES.sessionToken,
    SESSION_ACCOUNTS_PATH: ROUTES.sessionAccounts,
    MAX_SLOTS,
    SIGN_IN_PATH: ROUTES.signIn,
    SLOT_HEADER,
  });
});
