/** The list of deliberate mistakes fits the code as it is. That each is noticed takes minutes: `make mutants`. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "tap";
import { MUTATIONS } from "./mutations.ts";

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

test("every row names a change that can be made, in code, and a test that stands", (t) => {
  t.ok(MUTATIONS.length >= 40, `${MUTATIONS.length} rows`);
  for (const { file, from, to, seenBy } of MUTATIONS) {
    const found = existsSync(at(file)) ? readFileSync(at(file), "utf8").split(from).length - 1 : -1;
    t.equal(found, 1, `${file}: "${from}" stands there once`);
    t.not(from, to, `${file}: "${from}" is changed`);
    t.notMatch(file, /\.test\.ts$/, `${file} is code`);
    t.match(seenBy, /\.test\.ts$/, `${seenBy} is a test`);
    t.ok(existsSync(at(seenBy)), `${seenBy} stands`);
  }
  t.end();
});

test("no row stands twice", (t) => {
  const rows = MUTATIONS.map(({ file, from, to }) => JSON.stringify([file, from, to]));
  t.same(
    rows.filter((row, place) => rows.indexOf(row) !== place),
    [],
  );
  t.end();
});
