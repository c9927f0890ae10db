interface Page<T> {
  items: T[];
  nextToken?: string | null;
}

/** Reads a whole list, page after page, up to `most` items. */
export async function readAll<T>(
  read: (nextToken: string | undefined) => Promise<Page<T>>,
  most = 1000,
): Promise<{ items: T[]; complete: boolean }> {
  const items: T[] = [];
  let nextToken: string | undefined;
  do {
    const page = await read(nextToken);
    items.push(...page.items);
    nextToken = page.nextToken ?? undefined;
  } while (nextToken !== undefined && items.length < most);
  return { items, complete: nextToken === undefined };
}
