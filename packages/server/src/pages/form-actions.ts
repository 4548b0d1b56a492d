import { PAGES, ROUTES } from '@latchkey/protocol';

/** Where the forms of the pages post to, beside the pages' own paths. */
export const FORM_ACTIONS = {
  signUp: PAGES.signUp,
  signIn: PAGES.signIn,
  magicLink: PAGES.magicLink,
  magicLinkCode: PAGES.magicLinkCode,
  openMagicLink: PAGES.openMagicLink,
  signOut: PAGES.signOut,
  verifyEmail: PAGES.verifyEmail,
  firstAdministrator: PAGES.firstAdministrator,
  resendVerification: `${PAGES.verifyEmail}/resend`,
  forgotPassword: PAGES.forgotPassword,
  resetPassword: PAGES.resetPassword,
  confirmEmailChange: PAGES.confirmEmailChange,
  undoEmailChange: PAGES.undoEmailChange,
  changePassword: PAGES.accountPassword,
  changeEmail: PAGES.accountEmail,
  deleteAccount: PAGES.accountDeletion,
  consent: `${ROUTES.authorize}/consent`,
  chooseAccount: `${ROUTES.authorize}/account`,
  endOtherSessions: `${PAGES.account}/sessions/end-others`,
  endAllSessions: `${PAGES.account}/sessions/end-all`,
} as const;

/** Action of the form that takes its access from a client. */
export function removeAccessAction(clientId: string): string {
  return `${PAGES.account}/apps/${encodeURIComponent(clientId)}/remove`;
}

/** Action of the form that ends one session. */
export function endSessionAction(sessionId: string): string {
  return `${PAGES.account}/sessions/${encodeURIComponent(sessionId)}/end`;
}
