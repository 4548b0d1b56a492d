/** Tells the other tabs of this origin, and hears from them. Where there is no BroadcastChannel each is by itself. */
export interface TabChannel<Message> {
  tell(message: Message): void;
  close(): void;
}

export function openTabChannel<Message>(name: string, hear: (message: Message) => void): TabChannel<Message> {
  // A server has one as well, between its threads: no business of ours, and it would keep the process alive.
  if (typeof BroadcastChannel === 'undefined' || typeof document === 'undefined')
    return { tell: () => {}, close: () => {} };
  const channel = new BroadcastChannel(name);
  let isOpen = true;
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => hear(data));
  return {
    tell: (message) => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin
      if (isOpen) channel.postMessage(message);
    },
    close: () => {
      isOpen = false;
      channel.close();
    },
  };
}
