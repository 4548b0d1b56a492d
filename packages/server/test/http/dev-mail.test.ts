import { PAGES, ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.request(ROUTES.signUp, { json: { email: 'ada@example.com', password: PASSWORD } });
});
afterAll(() => server.close());

const get = (origin: string, path: string) => server.fetch(new Request(origin + path));

describe.each([ROUTES.devMail, ROUTES.devMailJson])('%s', (path) => {
  test.each(['http://localhost:4400', 'http://127.0.0.1:4400', 'http://[::1]:4400', 'http://latchkey:4400'])(
    'is shown at %s',
    async (origin) => {
      const response = await get(origin, path);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain(`${PAGES.verifyEmail}?token=lko_`);
    },
  );

  test.each(['http://evil.example:4400', 'http://127.0.0.1.evil.example:4400'])(
    'is not shown to a page of %s, whose name now leads here',
    async (origin) => {
      const response = await get(origin, path);
      expect(response.status).toBe(403);
      expect(await response.text()).not.toContain('lko_');
    },
  );
});
