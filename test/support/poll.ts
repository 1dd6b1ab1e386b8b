const patience = 60_000;
const pause = 50;

/** Reads until `test` holds; a failure shows the last value read. */
export async function pollUntil<T>(
  what: string,
  read: () => Promise<T>,
  test: (value: T) => boolean,
  limit = patience,
): Promise<T> {
  const until = performance.now() + limit;
  for (;;) {
    const value = await read();
    if (test(value)) return value;
    if (performance.now() >= until)
      throw new Error(
        `not seen within ${limit} ms: ${what}; last seen: ${JSON.stringify(value, null, 1)?.slice(0, 6000)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
