/** `count` bytes from a CSPRNG. A port: only a shell holds the real one; a rehearsal holds a seeded one. */
export type RandomBytes = (count: number) => Uint8Array;
