/** What may stand bare in a site file, and that whatever is printed is read as what it was, by YAML's own library. */
import fc from "fast-check";
import { test } from "tap";
import { parse } from "yaml";
import { printFields } from "./print.ts";

const texts: readonly { readonly text: string; readonly printed: string; readonly why: string }[] = [
  { text: "Front door", printed: "Front door", why: "words" },
  { text: "Büro 2, links (Hof)", printed: "Büro 2, links (Hof)", why: "letters of any language, and what parts words" },
  { text: "/dev/ttyUSB0", printed: "/dev/ttyUSB0", why: "a port" },
  { text: "5s", printed: "5s", why: "a length of time" },
  { text: "2026-12-01T14:00", printed: "2026-12-01T14:00", why: "a moment" },
  { text: "22:00", printed: '"22:00"', why: "an older reader takes it for a number of minutes" },
  { text: "012345", printed: '"012345"', why: "digits are no number" },
  { text: "1e5", printed: '"1e5"', why: "a float" },
  { text: "0x1f", printed: '"0x1f"', why: "a number in hex" },
  { text: "no", printed: '"no"', why: "an older reader takes it for false" },
  { text: "Null", printed: '"Null"', why: "null" },
  { text: "-", printed: '"-"', why: "a list" },
  { text: "a: b", printed: '"a: b"', why: "a mapping" },
  { text: "a #1", printed: '"a #1"', why: "a comment" },
  { text: " a", printed: '" a"', why: "a space at the edge" },
  { text: "", printed: '""', why: "nothing" },
  { text: "a\nb\u0085\u2028", printed: '"a\\nb\\u0085\\u2028"', why: "lines, and what is unprintable" },
];

for (const { text, printed, why } of texts) {
  test(`printed bare or quoted: ${why}`, (t) => {
    t.equal(
      printFields({ name: text }, () => false),
      `name: ${printed}\n`,
    );
    t.end();
  });
}

test("a comma stands bare on a line of its own, and quoted between brackets", (t) => {
  t.equal(
    printFields({ a: "x, y", b: ["x, y"] }, () => true),
    'a: x, y\nb: [ "x, y" ]\n',
  );
  t.end();
});

test("whatever is printed is read as it was", (t) => {
  const word = fc.stringMatching(/^[a-z][a-zA-Z]{0,8}$/);
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
    fc.stringMatching(/^[-+.0-9eExob_:, #'"&*!?|>%@`{}[\]\n\t]{0,8}$/),
    fc.constantFrom(...texts.map((row) => row.text)),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.oneof(text, fc.boolean(), fc.integer(), fc.constant(null)),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(word, tie("tree"), { maxKeys: 3 }),
    ),
  }));
  let ran = 0;
  fc.assert(
    fc.property(fc.dictionary(word, tree, { minKeys: 1, maxKeys: 3 }), fc.boolean(), (fields, oneLine) => {
      const plain = JSON.parse(JSON.stringify(fields));
      const printed = printFields(plain, () => oneLine);
      ran += 1;
      t.same(parse(printed, { version: "1.2", schema: "core" }), plain, printed);
      return t.passing();
    }),
    { numRuns: 1000 },
  );
  t.ok(ran >= 1000);
  t.end();
});
