/** The results of which the description is the same, together; each group in the place of its first. */
export function alike<Result>(
  results: readonly Result[],
  describe: (result: Result) => string,
): [Result, ...Result[]][] {
  const groups = new Map<string, [Result, ...Result[]]>();
  for (const result of results) {
    const description = describe(result);
    const group = groups.get(description);
    if (group) group.push(result);
    else groups.set(description, [result]);
  }
  return [...groups.values()];
}
