/**
 * What the forum holds of whoever is signed in; things that count once; mails in development. The table `sessions` is made by
 * `latchkey/sessions`, which alone writes to it.
 */
export const accounts = `
-- Latchkey's tokens of a session, sealed: whoever copies the file has none of them.
CREATE TABLE session_tokens (
  session_id TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  subject TEXT NOT NULL,
  -- The session at Latchkey, by which a sign-out there names it.
  latchkey_sid TEXT,
  sealed BLOB NOT NULL,
  -- Counts refresh tokens: an answer that comes late must not put an old one over a newer one.
  generation INTEGER NOT NULL
) STRICT;
CREATE INDEX session_tokens_by_subject ON session_tokens (subject);
CREATE INDEX session_tokens_by_sid ON session_tokens (latchkey_sid) WHERE latchkey_sid IS NOT NULL;

-- Sign-ins that were finished, and sign-outs that were told: each counts once.
CREATE TABLE used_once (
  purpose TEXT NOT NULL,
  id TEXT NOT NULL,
  forget_at INTEGER NOT NULL,
  PRIMARY KEY (purpose, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE kept_mails (
  id INTEGER PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  headers TEXT NOT NULL,
  sent_at INTEGER NOT NULL
) STRICT;
`;
