import type { AuthorId } from '../domain/types.ts';

/** Rings for an author whose notifications have changed, after the commit, within this process. */
export interface Bell {
  /** Returns what ends the subscription. */
  subscribe(authorId: AuthorId, listener: () => void): () => void;
  ring(authorId: AuthorId): void;
}

/** @param onError - Is given what a listener throws. What it was rung for is committed, and fails no more. */
export function createBell(onError: (error: unknown) => void = () => {}): Bell {
  const listeners = new Map<AuthorId, Set<() => void>>();
  return {
    subscribe(authorId, listener) {
      const own = listeners.get(authorId) ?? new Set();
      // The same function twice is two subscriptions: each page in a browser ends its own.
      const subscription = (): void => listener();
      listeners.set(authorId, own.add(subscription));
      return () => {
        own.delete(subscription);
        if (own.size === 0 && listeners.get(authorId) === own) listeners.delete(authorId);
      };
    },
    ring(authorId) {
      const now = [...(listeners.get(authorId) ?? [])];
      for (const listener of now) {
        try {
          listener();
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}
