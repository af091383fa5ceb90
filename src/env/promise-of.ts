/** The promise of what `act` does at once: it resolves with what it returns and rejects with what it throws. */
export function promiseOf<T>(act: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(act());
  });
}
