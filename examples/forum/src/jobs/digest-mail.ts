import type { Digest, Notification } from '../domain/types.ts';
import { questionAddress } from '../pages/addresses.ts';
import type { Mail } from './mailer.ts';

/** The weekly mail. What people wrote stands in its text alone, each in one line: no header is made of it. */
export function digestMail(
  { authorName, items }: Digest,
  to: string,
  { url, unsubscribeToken }: { readonly url: string; readonly unsubscribeToken: string },
): Mail {
  const unsubscribe = `${url}/unsubscribe?token=${unsubscribeToken}`;
  const lines = items.map((item) => `- ${sentence(item)}\n  ${url}${questionAddress(item.question)}`);
  return {
    to,
    subject: items.length === 1 ? 'One new thing for you on Sawal' : `${items.length} new things for you on Sawal`,
    text: [
      `Hello ${oneLine(authorName)},`,
      'this is what happened to your questions and answers since the last time:',
      lines.join('\n\n'),
      `No more of these mails: ${unsubscribe}`,
    ].join('\n\n'),
    headers: {
      // RFC 8058: mail programs show a button, and post to the address by themselves.
      'List-Unsubscribe': `<${unsubscribe}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      // RFC 3834 §5: no automatic answer is wanted.
      'Auto-Submitted': 'auto-generated',
    },
  };
}

function sentence({ kind, by, question, count, answerId }: Notification): string {
  const who = oneLine(by?.name ?? 'Somebody');
  const title = `“${oneLine(question.title)}”`;
  switch (kind) {
    case 'answered':
      return `${who} answered ${title}`;
    case 'commented':
      return `${who} commented on ${answerId === null ? '' : 'your answer to '}${title}`;
    case 'accepted':
      return `${who} accepted your answer to ${title}`;
    case 'voted':
      return `${count === 1 ? 'One vote' : `${count} votes`} for what you wrote at ${title}`;
  }
}

/** Without line ends and other control characters. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
