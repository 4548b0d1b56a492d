/** A node in a process of its own: `another-process.ts migrate URL` or `another-process.ts count URL ROUNDS`. */
import { migrate } from '../../src/storage/migrate.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { countUp } from './counter.ts';

const [task, url = '', rounds = '0'] = process.argv.slice(2);
const store = openStore({ url });
try {
  if (task === 'migrate') process.stdout.write(JSON.stringify(await migrate(store)));
  if (task === 'count') for (let round = 0; round < Number(rounds); round += 1) await countUp(store);
} finally {
  await store.close();
}
