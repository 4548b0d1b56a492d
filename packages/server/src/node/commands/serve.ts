import { offerFirstAdministrator } from '../../operations/create-first-administrator.ts';
import { banner } from '../banner.ts';
import { createLatchkey } from '../create-latchkey.ts';
import { createLog } from '../log.ts';
import { listen } from '../serve.ts';
import type { Settings } from '../settings.ts';

/** Runs the server until it is told to stop: then requests in flight finish, and the process ends with 0. */
export async function serve(settings: Settings): Promise<void> {
  const log = createLog(settings.logLevel);
  const latchkey = await createLatchkey(settings, log);
  const listening = await listen(latchkey, settings).catch(async (error: unknown) => {
    await latchkey.close();
    throw error;
  });

  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    await listening.stop();
    await latchkey.close();
    log.info({}, 'stopped');
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));

  process.stdout.write(`${banner(settings, await offerFirstAdministrator(latchkey.operations))}\n`);
}
