import { PAGES } from '@latchkey/protocol';
import { confirmMagicLinkRequest, magicLinkRequest } from '@latchkey/protocol/schemas';
import { codeOfMagicLink } from '../../../operations/confirm-magic-link.ts';
import {
  askForMagicLinkPage,
  magicLinkCodePage,
  magicLinkSentPage,
  openMagicLinkPage,
} from '../../../pages/magic-link-pages.ts';
import { mailedLinkFailedPage } from '../../../pages/mailed-link-failed-page.ts';
import { addressInSlot } from '../../../pages/slot-address.ts';
import { requestedSlot } from '../../cookies.ts';
import type { App, AppContext, HttpDependencies } from '../../environment.ts';
import { confirmMagicLinkHere, requestMagicLinkHere, waitsForMagicLink } from '../../magic-link-request.ts';
import { readForm } from '../../request-body.ts';
import { accountFindings, formMembers } from './account-form.ts';

const WRONG_CODE = { code: 'The code is wrong or too old.' };

export function mountMagicLinkPages(app: App, dependencies: HttpDependencies): void {
  const { operations, options } = dependencies;
  const { development } = options;

  app.get(PAGES.magicLink, (c) => {
    const values = { email: '', remember: false };
    return c.html(askForMagicLinkPage({ values, errors: {}, next: c.req.query('next') }));
  });

  app.post(PAGES.magicLink, async (c) => {
    const form = await readForm(c);
    const [email = '', remember, next] = [form.get('email'), form.get('remember') === 'on', form.get('next')];
    const input = magicLinkRequest.safeParse(formMembers(form, ['email']));
    const choices = { remember, slot: requestedSlot(c), place: 'origin', next } as const;
    const result = input.success
      ? await requestMagicLinkHere(c, dependencies, input.data.email, choices)
      : { kind: 'invalid_email' as const };
    if (result.kind === 'accepted') return c.html(magicLinkSentPage({ email, errors: {}, development }));
    const errors = accountFindings({ kind: 'invalid_email' });
    return c.html(askForMagicLinkPage({ values: { email, remember }, errors, next }), 400);
  });

  // For whoever left the page, or reloads it. Where nobody waits there is nothing to type.
  app.get(PAGES.magicLinkCode, (c) => {
    if (!waitsForMagicLink(c, operations.policy.issuer)) return c.redirect(PAGES.magicLink, 303);
    return c.html(magicLinkSentPage({ email: undefined, errors: {}, development }));
  });

  app.post(PAGES.magicLinkCode, async (c) => {
    const code = (await readForm(c)).get('code') ?? '';
    return (
      (await signInBy(c, code)) ?? c.html(magicLinkSentPage({ email: undefined, errors: WRONG_CODE, development }), 400)
    );
  });

  // Opening the link changes nothing: scanners of mail servers open links too.
  app.get(PAGES.openMagicLink, (c) => {
    const token = c.req.query('token');
    if (token === undefined) return c.html(mailedLinkFailedPage({ kind: 'magic_link' }), 400);
    return c.html(openMagicLinkPage({ token }));
  });

  app.post(PAGES.openMagicLink, async (c) => {
    const token = (await readForm(c)).get('token') ?? '';
    const code = codeOfMagicLink(operations, token);
    if (code === undefined) return c.html(mailedLinkFailedPage({ kind: 'magic_link' }), 400);
    return (await signInBy(c, token)) ?? c.html(magicLinkCodePage({ code }));
  });

  async function signInBy(c: AppContext, token: string): Promise<Response | undefined> {
    const input = confirmMagicLinkRequest.safeParse({ token });
    if (!input.success) return undefined;
    const { result, slot, place, ...signedIn } = await confirmMagicLinkHere(c, dependencies, input.data.token);
    // Pages of ours do not see the credential of the session API: an application that asked for it has its own.
    const next = signedIn.next ?? (place === 'origin' ? PAGES.account : PAGES.home);
    // In the slot where the link was asked for, whichever the page is in that it was opened from.
    const path = slot === requestedSlot(c) ? next : addressInSlot(next, slot);
    return result.kind === 'signed_in' ? c.redirect(path, 303) : undefined;
  }
}
