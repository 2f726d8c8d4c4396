/** The filter of weak codes (d1.2), at its edges and counted over all codes there are. */
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { test } from "tap";
import { weakness, weaknessOf } from "./weak-code.ts";

const rows = [
  { code: "000000", weak: "all digits are equal", rule: "all equal" },
  { code: "777777", weak: "all digits are equal", rule: "all equal" },
  { code: "777778", weak: null, rule: "but for one" },
  { code: "456789", weak: "a run of digits", rule: "ascending" },
  { code: "890123", weak: "a run of digits", rule: "ascending, 9 to 0" },
  { code: "901234", weak: "a run of digits", rule: "ascending, begins with 9 to 0" },
  { code: "456780", weak: null, rule: "ascending but for the last" },
  { code: "321098", weak: "a run of digits", rule: "descending, 0 to 9" },
  { code: "987654", weak: "a run of digits", rule: "descending" },
  { code: "135791", weak: null, rule: "steps of two are no run" },
  { code: "676767", weak: "a repeated block", rule: "a block of two" },
  { code: "676769", weak: null, rule: "a block of two, but for the last" },
  { code: "478478", weak: "a repeated block", rule: "a block of three" },
  { code: "477477", weak: "a repeated block", rule: "a block of three with a pair" },
  { code: "478479", weak: null, rule: "a block of three, but for the last" },
  { code: "127593", weak: "it begins like those that are tried first", rule: "prefix 12" },
  { code: "217593", weak: null, rule: "prefix 21" },
  { code: "917512", weak: null, rule: "12 at the end" },
  { code: "274936", weak: null, rule: "an ordinary one" },
] as const;
for (const { code, weak, rule } of rows)
  test(`${code} is ${weak === null ? "not weak" : `weak: ${weak}`} (d1.2, ${rule})`, (t) => {
    t.equal(weaknessOf(code), weak);
    t.equal(weakness(new SecretText(code)), weak);
    t.end();
  });

test("of all codes 11,098 are weak, each for one reason (d1.2)", (t) => {
  const counts: Record<string, number> = {};
  for (let code = 0; code < 1_000_000; code += 1) {
    const kind = weaknessOf(String(code).padStart(6, "0")) ?? "not weak";
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  t.same(counts, {
    "all digits are equal": 10,
    "a run of digits": 20,
    "a repeated block": 90 + 990, // of two and of three digits, the ten of equal digits left out of both
    "it begins like those that are tried first": 10_000 - 1 - 10 - 1, // less 121212, 12x12x and 123456
    "not weak": 988_902,
  });
  t.end();
});

test("a code that is kept, or none, is not judged", (t) => {
  t.equal(weakness("kept"), null);
  t.equal(weakness(null), null);
  t.end();
});
