/** Where an entry began in the stream of its pad, told from one event and the number of digits that waited. */
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { test } from "tap";
import { placeOf } from "./recording-places.ts";
import { digitsFor, isToken, Tokens, tokenFor } from "./recording-tokens.ts";

/** `count`: digits before the event; of them `waiting` wait. `at`: the number of the first digit. */
const CASES = [
  { name: "all in one event", keys: "274936#", count: 0, waiting: 0, entry: "274936", at: 0 },
  { name: "key by key: the submit comes alone", keys: "#", count: 6, waiting: 6, entry: "274936", at: 0 },
  { name: "key by key, after others", keys: "#", count: 106, waiting: 6, entry: "274936", at: 100 },
  { name: "the last digit comes with the submit", keys: "6#", count: 5, waiting: 5, entry: "274936", at: 0 },
  { name: "what was cleared stands before it", keys: "11*111111#", count: 0, waiting: 0, entry: "111111", at: 2 },
  { name: "what waited is cleared first", keys: "*111111#", count: 2, waiting: 2, entry: "111111", at: 2 },
  { name: "a submit of nothing goes before it", keys: "#274936#", count: 9, waiting: 0, entry: "274936", at: 9 },
  { name: "an auto-submit, in the middle of a run", keys: "27493638", count: 4, waiting: 0, entry: "274936", at: 4 },
  { name: "a slot before the code", keys: "42755224#", count: 3, waiting: 0, entry: "42755224", at: 3 },
  { name: "an entry that is not there", keys: "12345#", count: 0, waiting: 0, entry: "274936", at: null },
  { name: "a wait that does not fit", keys: "#", count: 6, waiting: 5, entry: "274936", at: null },
] as const;

for (const { name, keys, count, waiting, entry, at } of CASES) {
  test(`the place of an entry: ${name}`, (t) => {
    const place = placeOf(new SecretText(entry), new SecretText(keys), { count, waiting }, 0);
    t.equal(place?.at ?? null, at);
    t.end();
  });
}

test("two entries of one event follow each other, also where they are equal", (t) => {
  const [entry, keys] = [new SecretText("274936"), new SecretText("274936#274936#")];
  const first = placeOf(entry, keys, { count: 0, waiting: 0 }, 0);
  t.same(first, { at: 0, used: 6 });
  t.same(placeOf(entry, keys, { count: 0, waiting: 0 }, first!.used), { at: 6, used: 13 });
  t.end();
});

test("tokens: one for one index, of its length, never digits; digits of a replay are one for one", (t) => {
  const tokens = new Tokens();
  const index = (byte: number) => new Uint8Array(16).fill(byte);
  t.same(
    [index(1), index(2), index(1)].map((each) => tokens.of(each, 6)),
    ["aaaaab", "aaaaac", "aaaaab"],
  );
  t.same(digitsFor("aaaaac"), "000002");
  t.same(tokenFor("000002"), "aaaaac");
  for (let byte = 1; byte < 100; byte += 1) tokens.of(Uint8Array.of(byte), 2);
  t.equal(tokens.of(Uint8Array.of(99), 2), "jj");
  t.equal(tokens.of(Uint8Array.of(100), 2), "aa", "no token is left: it stands for digits that hit nothing");
  t.same(["abj", "a1", "", "k"].map(isToken), [true, false, false, false]);
  t.end();
});
