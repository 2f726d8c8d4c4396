/** Numbers made of random bytes: every one as likely as any other, and an end where the source is broken. */
import fc from "fast-check";
import { test } from "tap";
import { type RandomBytes, uniformBelow } from "./random.ts";

/** A source that gives these 32-bit words, one after the other. */
function words(...given: readonly number[]): RandomBytes {
  let next = 0;
  return (count) => {
    const bytes = new Uint8Array(count);
    new DataView(bytes.buffer).setUint32(0, given[next]!);
    next += 1;
    return bytes;
  };
}

const rows = [
  { name: "the first word", end: 1_000_000, given: [0], number: 0 },
  { name: "the last word of the last whole multiple", end: 1_000_000, given: [4_293_999_999], number: 999_999 },
  { name: "one past it: thrown away", end: 1_000_000, given: [4_294_000_000, 5], number: 5 },
  { name: "the last word there is: thrown away", end: 1_000_000, given: [4_294_967_295, 4_294_967_295, 7], number: 7 },
  { name: "a divisor of 2^32 throws nothing away", end: 65_536, given: [4_294_967_295], number: 65_535 },
  { name: "one choice", end: 1, given: [4_294_967_295], number: 0 },
  { name: "as many as there are words", end: 2 ** 32, given: [4_294_967_295], number: 4_294_967_295 },
] as const;
for (const { name, end, given, number } of rows)
  test(`below ${end}, ${name}: ${number}`, (t) => {
    t.equal(uniformBelow(words(...given), end), number);
    t.end();
  });

test("every word below the last whole multiple counts, as its remainder; none above it does", (t) => {
  const rule = fc.property(
    fc.integer({ min: 1, max: 2 ** 31 }),
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    (end, word) => {
      const whole = 2 ** 32 - (2 ** 32 % end);
      return uniformBelow(words(word, 0), end) === (word < whole ? word % end : 0) && whole % end === 0;
    },
  );
  fc.assert(rule, { numRuns: 2_000 });
  t.pass("2,000 times");
  t.end();
});

test("a source that gives one word for ever is our own fault, and ends", (t) => {
  t.throws(() => uniformBelow((count) => new Uint8Array(count).fill(255), 1_000_000), { name: "InvariantViolation" });
  for (const end of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN])
    t.throws(() => uniformBelow(words(0), end), { name: "InvariantViolation" }, `${end}`);
  t.end();
});
