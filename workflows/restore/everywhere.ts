/** Runs one step for all, side by side, and waits for every one of them: a failure never leaves another one adrift. */
export async function everywhere<Item, Answer>(
  items: readonly Item[],
  step: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const settled = await Promise.allSettled(items.map(step));
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
