/**
 * Questions and answers are both posts: votes, comments, revisions and search treat them alike. What a list shows of a
 * question stands in `questions`, and what sorts a tag's list stands in `question_tags`, so that each page of each list
 * is a short walk along one index. Names of sorts and columns are the same: storage/question-lists.ts.
 */
export const forum = `
CREATE TABLE authors (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  title TEXT,
  about TEXT NOT NULL DEFAULT '',
  question_count INTEGER NOT NULL DEFAULT 0,
  answer_count INTEGER NOT NULL DEFAULT 0,
  score INTEGER NOT NULL DEFAULT 0,
  joined_at INTEGER NOT NULL,
  digest INTEGER NOT NULL DEFAULT 0,
  digest_claimed_at INTEGER NOT NULL DEFAULT 0,
  anonymised_at INTEGER
) STRICT;
CREATE INDEX authors_with_digest ON authors (id) WHERE digest = 1;

-- AUTOINCREMENT: the id of a row is never given to another.
CREATE TABLE posts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Its own id, for a question.
  question_id INTEGER NOT NULL REFERENCES posts (id) DEFERRABLE INITIALLY DEFERRED,
  -- 0 for the question itself; answers count from 1.
  number INTEGER NOT NULL,
  author_id TEXT NOT NULL REFERENCES authors (id),
  score INTEGER NOT NULL DEFAULT 0,
  comment_count INTEGER NOT NULL DEFAULT 0,
  revisions INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  edited_at INTEGER,
  edited_by TEXT REFERENCES authors (id),
  deleted_at INTEGER,
  deleted_by TEXT REFERENCES authors (id),
  -- The last: what stands behind a long text takes long to read.
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX posts_by_number ON posts (question_id, number);
-- Most votes first, and the oldest of equals.
CREATE INDEX answers_by_votes ON posts (question_id, -score, id) WHERE number > 0;
CREATE INDEX posts_by_author ON posts (author_id, created_at, id);
CREATE INDEX answers_by_author ON posts (author_id, created_at, id) WHERE number > 0 AND deleted_at IS NULL;

CREATE TABLE questions (
  id INTEGER PRIMARY KEY REFERENCES posts (id),
  title TEXT NOT NULL,
  slug TEXT NOT NULL,
  excerpt TEXT NOT NULL,
  -- Names, separated by spaces.
  tags TEXT NOT NULL,
  author_id TEXT NOT NULL REFERENCES authors (id),
  asked_at INTEGER NOT NULL,
  activity_at INTEGER NOT NULL,
  score INTEGER NOT NULL DEFAULT 0,
  -- Without the deleted ones.
  answer_count INTEGER NOT NULL DEFAULT 0,
  -- The highest number that an answer was given.
  last_number INTEGER NOT NULL DEFAULT 0,
  accepted_id INTEGER REFERENCES posts (id),
  locked_at INTEGER,
  lock_reason TEXT,
  deleted_at INTEGER
) STRICT;
CREATE INDEX questions_active ON questions (activity_at, id) WHERE deleted_at IS NULL;
CREATE INDEX questions_newest ON questions (asked_at, id) WHERE deleted_at IS NULL;
CREATE INDEX questions_votes ON questions (score, id) WHERE deleted_at IS NULL;
CREATE INDEX questions_unanswered ON questions (asked_at, id) WHERE deleted_at IS NULL AND answer_count = 0;
CREATE INDEX questions_by_author ON questions (author_id, asked_at, id) WHERE deleted_at IS NULL;

CREATE TABLE tags (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  question_count INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tags_by_use ON tags (question_count, name) WHERE question_count > 0;

-- A deleted question has no rows here.
CREATE TABLE question_tags (
  question_id INTEGER NOT NULL REFERENCES questions (id),
  tag_id INTEGER NOT NULL REFERENCES tags (id),
  asked_at INTEGER NOT NULL,
  activity_at INTEGER NOT NULL,
  score INTEGER NOT NULL,
  answer_count INTEGER NOT NULL,
  PRIMARY KEY (question_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_active ON question_tags (tag_id, activity_at, question_id);
CREATE INDEX tag_newest ON question_tags (tag_id, asked_at, question_id);
CREATE INDEX tag_votes ON question_tags (tag_id, score, question_id);
CREATE INDEX tag_unanswered ON question_tags (tag_id, asked_at, question_id) WHERE answer_count = 0;

-- What a post was before each edit; what it is now stands in posts and questions.
CREATE TABLE revisions (
  id INTEGER PRIMARY KEY,
  post_id INTEGER NOT NULL REFERENCES posts (id),
  number INTEGER NOT NULL,
  author_id TEXT NOT NULL REFERENCES authors (id),
  at INTEGER NOT NULL,
  title TEXT,
  tags TEXT,
  body TEXT NOT NULL,
  UNIQUE (post_id, number)
) STRICT;

CREATE TABLE comments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  post_id INTEGER NOT NULL REFERENCES posts (id),
  author_id TEXT NOT NULL REFERENCES authors (id),
  text TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER,
  deleted_by TEXT REFERENCES authors (id)
) STRICT;
CREATE INDEX comments_by_post ON comments (post_id, id) WHERE deleted_at IS NULL;

CREATE TABLE votes (
  post_id INTEGER NOT NULL REFERENCES posts (id),
  voter_id TEXT NOT NULL REFERENCES authors (id),
  value INTEGER NOT NULL CHECK (value IN (-1, 1)),
  PRIMARY KEY (post_id, voter_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE notifications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  author_id TEXT NOT NULL REFERENCES authors (id),
  kind TEXT NOT NULL CHECK (kind IN ('answered', 'commented', 'accepted', 'voted')),
  question_id INTEGER NOT NULL REFERENCES questions (id),
  post_id INTEGER NOT NULL REFERENCES posts (id),
  comment_id INTEGER REFERENCES comments (id),
  by_id TEXT REFERENCES authors (id),
  count INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  read_at INTEGER
) STRICT;
CREATE INDEX notifications_by_author ON notifications (author_id, created_at, id);
CREATE INDEX notifications_unread ON notifications (author_id, created_at, id) WHERE read_at IS NULL;
CREATE UNIQUE INDEX notifications_gathered ON notifications (post_id) WHERE kind = 'voted' AND read_at IS NULL;
CREATE INDEX notifications_by_question ON notifications (question_id);
CREATE INDEX notifications_by_comment ON notifications (comment_id) WHERE comment_id IS NOT NULL;

CREATE TABLE moderation_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  moderator_id TEXT NOT NULL REFERENCES authors (id),
  actor TEXT,
  question_id INTEGER NOT NULL REFERENCES questions (id),
  post_id INTEGER NOT NULL REFERENCES posts (id),
  comment_id INTEGER REFERENCES comments (id),
  reason TEXT
) STRICT;

-- One row for each author and kind of act: when the allowance is whole again (domain/pace.ts).
CREATE TABLE paces (
  author_id TEXT NOT NULL REFERENCES authors (id),
  act TEXT NOT NULL,
  whole_at INTEGER NOT NULL,
  PRIMARY KEY (author_id, act)
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO totals VALUES ('questions', 0);

-- A row for each post that is not deleted, under the id of the post. It holds no text of its own. 'block' has one word
-- for some 25,000 neighbours: storage/search.ts.
CREATE VIRTUAL TABLE search USING fts5 (
  title, body, tags, block,
  content = '', contentless_delete = 1,
  tokenize = "porter unicode61 remove_diacritics 2"
);
`;
