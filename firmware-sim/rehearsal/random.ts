/** The randomness of a rehearsal: bytes that follow from a seed and a name alone. The same seed gives the same run. */
import { fromHex, utf8 } from "@lintel/protocol/base/bytes.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { type RandomBytes, uniformBelow } from "@lintel/protocol/base/random.ts";
import { hashOf } from "@lintel/protocol/keyset/transport.ts";

/**
 * SHA-256 of seed, name and a counter, one block after the other. Each part of a world takes its own stream by name:
 * what one part asks for does not change what another gets.
 */
export function seededBytes(seed: number, name: string): RandomBytes {
  let block: Uint8Array = new Uint8Array(0);
  let used = 0;
  let blocks = 0;
  return (count) => {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at += 1) {
      if (used === block.length) {
        block = hashed(`lintel rehearsal ${seed} ${name} ${blocks}`);
        blocks += 1;
        used = 0;
      }
      bytes[at] = block[used]!;
      used += 1;
    }
    return bytes;
  };
}

/** Whether something happens that happens in `share` of all cases. Of what always or never happens nothing is drawn. */
export function happens(random: RandomBytes, share: number): boolean {
  if (share <= 0 || share >= 1) return share >= 1;
  return uniformBelow(random, 1_000_000) < share * 1_000_000;
}

function hashed(text: string): Uint8Array {
  const hash = fromHex(hashOf(utf8(text)));
  invariant(hash.ok, "a hash is hex");
  return hash.value;
}
