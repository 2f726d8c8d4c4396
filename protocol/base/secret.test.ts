import { inspect } from "node:util";
import { test } from "tap";
import { Secret, SecretText } from "./secret.ts";

const DIGITS = "274936";
const printed = [
  { name: "a string", print: (value: unknown) => String(value) },
  { name: "a template", print: (value: unknown) => `${value}` },
  { name: "JSON", print: (value: unknown) => JSON.stringify({ value }) },
  { name: "the inspector", print: (value: unknown) => inspect(value, { depth: 9, showHidden: true }) },
  { name: "an error's message", print: (value: unknown) => new Error(`wrong: ${value}`).message },
  { name: "its own properties", print: (value: unknown) => JSON.stringify(Object.entries(value as object)) },
];

for (const { name, print } of printed) {
  test(`a secret in ${name} prints as dots`, (t) => {
    const text = print(new SecretText(DIGITS));
    t.notMatch(text, DIGITS);
    const bytes = print(new Secret(new Uint8Array([0xca, 0xfe, 0xca, 0xfe])));
    t.notMatch(bytes, /cafe|202|254/i);
    t.end();
  });
}

test("a secret is read on purpose only, and is its own copy", (t) => {
  for (const given of [new Uint8Array([1, 2, 3]), Buffer.from([1, 2, 3])]) {
    const secret = new Secret(given);
    given.fill(0);
    t.same(
      secret.use((bytes) => [...bytes]),
      [1, 2, 3],
    );
    t.equal(secret.length, 3);
  }
  t.equal(
    new SecretText(DIGITS).use((text) => text),
    DIGITS,
  );
  t.end();
});
