/** Whatever text comes: it is read or refused, never thrown at, and every problem has its place. */
import fc from "fast-check";
import { test } from "tap";
import { stringify } from "yaml";
import { SITE_TEXT } from "../../test/support/site-text.ts";
import { readSite } from "./read.ts";

function sound(text: string): boolean {
  const read = readSite(text);
  const lines = text.split(/\r\n|\n/).length + 1;
  const placed = read.problems.every(({ line, column }) => line >= 1 && line <= lines && column >= 1);
  const errors = read.problems.filter(({ severity }) => severity === "error").length;
  return placed && (read.site === null) === errors > 0;
}

test("any text", (t) => {
  fc.assert(fc.property(fc.string({ maxLength: 300, unit: "binary" }), sound), { numRuns: 1000 });
  t.pass("1000 texts");
  t.end();
});

test("any value tree, also with the fields of a site", (t) => {
  const fieldNames = fc.constantFrom(
    ...["site", "edges", "buses", "doors", "units", "schedules", "holidays", "users", "groups", "keys", "id", "pin"],
    ...["restriction", "windows", "days", "from", "to", "controller", "strike", "codeEntry", "otp", "hours", "date"],
  );
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(
      "all",
      "none",
      "kept",
      "daily",
      "09:00",
      "5s",
      "2026-12-25",
      "k1",
      null,
      true,
      0,
      -1,
      1e300,
    ),
    fc.string(),
    fc.double(),
  );
  const { tree } = fc.letrec<{ tree: unknown; mapping: unknown }>((tie) => ({
    tree: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie("tree"), { maxLength: 4 }), tie("mapping")),
    mapping: fc.dictionary(fieldNames, tie("tree"), { maxKeys: 8 }),
  }));
  fc.assert(
    fc.property(tree, (value) => sound(stringify(value) ?? "")),
    { numRuns: 1000 },
  );
  t.pass("1000 trees");
  t.end();
});

test("a good file with one stretch of it taken out, doubled or replaced", (t) => {
  const place = fc.integer({ min: 0, max: SITE_TEXT.length });
  fc.assert(
    fc.property(place, fc.integer({ min: 0, max: 40 }), fc.string({ maxLength: 8 }), (at, length, put) => {
      const end = at + length;
      return (
        sound(SITE_TEXT.slice(0, at) + SITE_TEXT.slice(end)) &&
        sound(SITE_TEXT.slice(0, end) + SITE_TEXT.slice(at)) &&
        sound(SITE_TEXT.slice(0, at) + put + SITE_TEXT.slice(end))
      );
    }),
    { numRuns: 500 },
  );
  t.pass("1500 files");
  t.end();
});
