/** Tells an observer. It is there for the log: what it throws, or how long it takes, changes nothing here. */
export function notify<Args extends readonly unknown[]>(
  observer: ((...args: Args) => unknown) | undefined,
  ...args: Args
): void {
  if (observer === undefined) return;
  Promise.resolve()
    .then(() => observer(...args))
    .catch(() => {});
}
