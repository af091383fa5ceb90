/** What a point read without waiting came to. `unloaded`: only the disk can tell. */
export const FindState = { absent: 0, found: 1, unloaded: 2 } as const;
export type FindState = (typeof FindState)[keyof typeof FindState];
