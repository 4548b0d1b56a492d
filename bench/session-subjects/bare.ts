import { answerOk, serveSessionSubject } from './serve-session-subject.ts';

// What the others are compared with: the same handler, not asking who is signed in.
serveSessionSubject(async () => ({
  cookie: 'theme=dark',
  handler: (_request, response) => answerOk(response),
}));
