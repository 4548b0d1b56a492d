import { countStatements } from './count-statements.ts';
import { openRotatingLatchkey } from './open-latchkey.ts';
import { proveRotation } from './prove-rotation.ts';
import { serveCommitSubject } from './serve-commit-subject.ts';

const LANES = 10;

// What the least durable commits are compared with: a rotation, without HTTP around it.
serveCommitSubject(async (databaseUrl) => {
  const statements = countStatements();
  const { begin, refresh } = await openRotatingLatchkey(databaseUrl);
  const tokens = await begin(LANES);
  return {
    prove: async () => {
      const [token = ''] = await begin(1);
      await proveRotation('Latchkey', token, async (presented) => (await refresh(presented))?.next);
    },
    commitUntil: async (endMs, lane) => {
      let commits = 0;
      for (; performance.now() < endMs; commits += 1) {
        const refreshed = await refresh(tokens[lane] ?? '');
        if (refreshed === undefined) throw new Error('A rotation was refused');
        tokens[lane] = refreshed.next;
      }
      return commits;
    },
    ...(databaseUrl.startsWith('postgres:') && { statements }),
  };
});
