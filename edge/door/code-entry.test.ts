import { SecretText } from "@lintel/protocol/base/secret.ts";
import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import fc from "fast-check";
import { test } from "tap";
import { type CodeEntry, type CodeEntrySettings, EMPTY_ENTRY, type } from "./code-entry.ts";

const usual: CodeEntrySettings = { submit: ["#"], clear: ["*"], autoSubmit: false, timeout: millis(10_000) };
const auto: CodeEntrySettings = { ...usual, autoSubmit: true };
const star: CodeEntrySettings = { ...usual, submit: ["*"] };

/** Types `[time, keys]` pairs from an empty entry; answers what was submitted, and what is left. */
function typed(settings: CodeEntrySettings, presses: readonly (readonly [number, string])[]) {
  let entry: CodeEntry = EMPTY_ENTRY;
  const submitted: string[] = [];
  for (const [at, keys] of presses) {
    const step = type(entry, new SecretText(keys), settings, monotonic(at));
    entry = step.entry;
    submitted.push(...step.submitted.map((digits) => digits.use((text) => text)));
  }
  return { submitted, left: entry.digits.use((text) => text) };
}

const entries: readonly {
  name: string;
  rule: string;
  settings: CodeEntrySettings;
  presses: readonly (readonly [number, string])[];
  submitted: readonly string[];
  left: string;
}[] = [
  {
    name: "six digits and #",
    rule: "d2.2",
    settings: usual,
    presses: [[0, "012345#"]],
    submitted: ["012345"],
    left: "",
  },
  { name: "no submit yet", rule: "d2.2", settings: usual, presses: [[0, "012345"]], submitted: [], left: "012345" },
  { name: "* clears", rule: "d2.2", settings: usual, presses: [[0, "99*012345#"]], submitted: ["012345"], left: "" },
  {
    name: "an empty submit is nothing",
    rule: "d2.2",
    settings: usual,
    presses: [[0, "##*#"]],
    submitted: [],
    left: "",
  },
  {
    name: "five digits are an entry",
    rule: "d2.2",
    settings: usual,
    presses: [[0, "12345#"]],
    submitted: ["12345"],
    left: "",
  },
  {
    name: "seven digits are one entry, no window slides over them",
    rule: "d2.2",
    settings: usual,
    presses: [[0, "1234567#"]],
    submitted: ["1234567"],
    left: "",
  },
  {
    name: "sixteen digits are kept",
    rule: "d2.2",
    settings: usual,
    presses: [[0, "1234567890123456#"]],
    submitted: ["1234567890123456"],
    left: "",
  },
  {
    name: "past sixteen it stays one wrong entry",
    rule: "d2.2",
    settings: usual,
    presses: [[0, "12345678901234567890123456789#"]],
    submitted: ["1234567890123456"],
    left: "",
  },
  {
    name: "just before the silence ends: the same entry",
    rule: "d2.3",
    settings: usual,
    presses: [
      [0, "123"],
      [9_999, "456#"],
    ],
    submitted: ["123456"],
    left: "",
  },
  {
    name: "silence of the whole time-out clears, silently",
    rule: "d2.3",
    settings: usual,
    presses: [
      [0, "123"],
      [10_000, "456#"],
    ],
    submitted: ["456"],
    left: "",
  },
  {
    name: "each key restarts the silence",
    rule: "d2.3",
    settings: usual,
    presses: [
      [0, "12"],
      [9_000, "34"],
      [18_000, "56"],
      [27_000, "#"],
    ],
    submitted: ["123456"],
    left: "",
  },
  {
    name: "auto-submit at the sixth, the # after it is swallowed",
    rule: "d2.2",
    settings: auto,
    presses: [
      [0, "012345"],
      [999, "#"],
    ],
    submitted: ["012345"],
    left: "",
  },
  {
    name: "swallowed also behind a seventh digit",
    rule: "d2.2",
    settings: auto,
    presses: [
      [0, "0123456"],
      [500, "#"],
    ],
    submitted: ["012345"],
    left: "6",
  },
  {
    name: "one second after an auto-submit a # submits again",
    rule: "d2.2",
    settings: auto,
    presses: [
      [0, "0123456"],
      [1_000, "#"],
    ],
    submitted: ["012345", "6"],
    left: "",
  },
  { name: "* set to submit", rule: "d2.2", settings: star, presses: [[0, "123456*"]], submitted: ["123456"], left: "" },
  {
    name: "* set to submit: nothing clears, # means nothing",
    rule: "d2.2",
    settings: star,
    presses: [[0, "12#3456*"]],
    submitted: ["123456"],
    left: "",
  },
];

for (const { name, rule, settings, presses, submitted, left } of entries) {
  test(`code entry: ${name} (${rule})`, (t) => {
    t.same(typed(settings, presses), { submitted, left });
    t.end();
  });
}

test("whatever is typed: what is submitted is digits, none empty, none past sixteen (d2.2)", (t) => {
  let submits = 0;
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."0123456789*#"), maxLength: 60 }),
      fc.boolean(),
      (keys, autoSubmit) => {
        const { submitted, left } = typed({ ...usual, autoSubmit }, [[0, keys]]);
        submits += submitted.length;
        return (
          [...submitted, `1${left}`].every((digits) => /^\d{1,17}$/.test(digits)) &&
          submitted.every((d) => d.length <= 16)
        );
      },
    ),
    { numRuns: 500 },
  );
  t.ok(submits > 50, `${submits} entries were submitted`);
  t.end();
});

test("an entry prints as dots", (t) => {
  const { entry } = type(EMPTY_ENTRY, new SecretText("274936"), usual, monotonic(0));
  t.notMatch(JSON.stringify(entry), /274936|[2-9]{3}/);
  t.equal(entry.digits.length, 6);
  t.end();
});
