import type { SimulatedEvent } from "@lintel/firmware-sim/board/simulated-controller.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { instant, millis } from "@lintel/protocol/base/units.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import { test } from "tap";
import { FIRST_SIGHT, statusLine, storyLine, tellCollected, tellController, tellRecord } from "./story.ts";

const steady = (colour: "red" | "green") => ({ colour, offColour: "black", on: millis(100), off: millis(0) }) as const;

const seen: readonly { name: string; event: SimulatedEvent; line: string | null }[] = [
  {
    name: "a release",
    event: { kind: "relay", output: 0, released: true, for: millis(5000) },
    line: "strike  released for 5 s",
  },
  { name: "a re-lock", event: { kind: "relay", output: 0, released: false, for: null }, line: "strike  locked" },
  { name: "a light", event: { kind: "led", led: 0, pattern: steady("green") }, line: "light   green" },
  {
    name: "a light as it was",
    event: { kind: "led", led: 0, pattern: { ...steady("red"), colour: "black" } },
    line: "light   black",
  },
  { name: "a beep", event: { kind: "buzzer", on: true }, line: "buzzer  beep" },
  { name: "the end of a beep", event: { kind: "buzzer", on: false }, line: null },
  { name: "the leaf", event: { kind: "contact", input: 0, open: true }, line: "leaf    open" },
  { name: "the exit button", event: { kind: "rex", pressed: true }, line: "exit    button pressed" },
  { name: "the button let go", event: { kind: "rex", pressed: false }, line: null },
];

for (const { name, event, line } of seen) {
  test(`${name} is told as it is`, (t) => {
    t.equal(tellController(FIRST_SIGHT, event).line, line);
    t.end();
  });
}

test("a code is told once, as dots", (t) => {
  let sight = FIRST_SIGHT;
  const lines: (string | null)[] = [];
  for (const key of "274936#") {
    const told = tellController(sight, { kind: "key", key: new SecretText(key) });
    sight = told.sight;
    lines.push(told.line);
  }
  t.same(lines, [null, null, null, null, null, null, "pad     ••••••#"]);
  t.equal(sight.typed, "");
  t.end();
});

test("the same light again is not told again", (t) => {
  const first = tellController(FIRST_SIGHT, { kind: "led", led: 0, pattern: steady("red") });
  t.equal(first.line, "light   red");
  t.equal(tellController(first.sight, { kind: "led", led: 0, pattern: steady("red") }).line, null);
  t.end();
});

const record: ShownRecord = {
  epoch: "00".repeat(8),
  seq: 7,
  at: instant(0),
  clock: "trusted",
  door: "front",
  event: "denied",
  reasons: ["expired", "outside-window"],
  key: "k1",
  user: "u1",
  fingerprint: null,
  detail: {},
};

test("a record names its number, what happened, every reason and whose key it was", (t) => {
  t.equal(tellRecord(record), "record  #7 denied: expired, outside-window key k1 of u1");
  t.equal(tellRecord({ ...record, event: "granted", reasons: [], user: "k1" }), "record  #7 granted key k1");
  t.equal(
    tellRecord({ ...record, reasons: ["unknown-code"], key: null, user: null, fingerprint: "0a1b2c3d" }),
    "record  #7 denied: unknown-code code ~0a1b2c3d",
  );
  t.equal(tellCollected(record), "log     #7 denied has reached the authority");
  t.end();
});

test("a line carries the time and the door", (t) => {
  const at = new Date(2026, 10, 23, 9, 5, 7, 42);
  t.equal(storyLine(at, "back", "leaf    open", 5), "09:05:07.042  back   leaf    open");
  t.match(
    statusLine("front", { ...FIRST_SIGHT, typed: "••" }),
    /^\[front\] light dark, strike locked, leaf closed, pad •• /,
  );
  t.end();
});
