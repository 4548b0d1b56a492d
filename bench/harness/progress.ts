import type { WriteStream } from 'node:tty';

export interface Progress {
  readonly show: (text: string) => void;
  readonly end: () => void;
}

/** Says what is going on: in one line that changes on a terminal, in one line each elsewhere. */
export function createProgress(stream: WriteStream): Progress {
  const startMs = performance.now();
  return {
    show: (text) => {
      const line = `${Math.round((performance.now() - startMs) / 1000)} s  ${text}`;
      if (!stream.isTTY) {
        stream.write(`${line}\n`);
        return;
      }
      stream.cursorTo(0);
      stream.clearLine(0);
      stream.write(line);
    },
    end: () => {
      if (stream.isTTY) stream.write('\n');
    },
  };
}
