/* What one part tells all others: (name, detail). */

const listeners = {};

export const on = (name, listener) => (listeners[name] ??= []).push(listener);

/* One listener's mistake is not the others'. */
export function emit(name, detail) {
  for (const listener of listeners[name] ?? []) {
    try {
      listener(detail);
    } catch (error) {
      reportError(error);
    }
  }
}
