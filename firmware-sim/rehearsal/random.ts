/** The randomness of a rehearsal: bytes that follow from a seed and a name alone. The same seed gives the same run. */
import { concat, utf8 } from "@lintel/protocol/base/bytes.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { sha256 } from "@noble/hashes/sha2.js";

/**
 * SHA-256 of seed, name and a counter, one block after the other. Each part of a world takes its own stream by name:
 * what one part asks for does not change what another gets.
 */
export function seededBytes(seed: number, name: string): RandomBytes {
  const base = utf8(`lintel rehearsal ${seed} ${name} `);
  let block = new Uint8Array(0);
  let used = 0;
  let blocks = 0;
  return (count) => {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at += 1) {
      if (used === block.length) {
        block = sha256(concat(base, utf8(String(blocks))));
        blocks += 1;
        used = 0;
      }
      bytes[at] = block[used]!;
      used += 1;
    }
    return bytes;
  };
}
