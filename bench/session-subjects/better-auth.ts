import { openBetterAuth } from './open-better-auth.ts';
import { serveSessionSubject } from './serve-session-subject.ts';

serveSessionSubject(() => openBetterAuth(false));
