import { test } from "tap";
import { readKey, readLine } from "./keypad.ts";

const DOORS = ["front", "back"];

const lines = [
  { line: "front 274936#", means: { act: { kind: "press", door: "front", keys: "274936#" } } },
  { line: "  back   538217# ", means: { act: { kind: "press", door: "back", keys: "538217#" } } },
  { line: "274936#", means: { act: { kind: "press", door: "back", keys: "274936#" } } },
  { line: "12*", means: { act: { kind: "press", door: "back", keys: "12*" } } },
  { line: "front", means: { act: { kind: "pick", door: "front" } } },
  { line: "front open", means: { act: { kind: "leaf", door: "front", move: "open" } } },
  { line: "force", means: { act: { kind: "leaf", door: "back", move: "force" } } },
  { line: "front rex", means: { act: { kind: "rex", door: "front" } } },
  { line: "front tamper on", means: { act: { kind: "tamper", door: "front", on: true } } },
  { line: "?", means: { act: { kind: "help" } } },
  { line: "quit", means: { act: { kind: "quit" } } },
  { line: "", means: null },
  { line: "# a comment", means: null },
  { line: "#", means: { act: { kind: "press", door: "back", keys: "#" } } },
] as const;

for (const { line, means } of lines) {
  test(`the line '${line}' at the back door`, (t) => {
    t.same(readLine(line, DOORS, "back"), means);
    t.end();
  });
}

for (const line of ["side 274936#", "front 27493x#", "front tamper", "front open now"]) {
  test(`the line '${line}' is not understood, and its digits are not repeated`, (t) => {
    const reading = readLine(line, DOORS, "front");
    t.ok(reading !== null && "wrong" in reading);
    t.notMatch(JSON.stringify(reading), /2749/);
    t.end();
  });
}

const keys = [
  { key: "7", act: { kind: "press", door: "front", keys: "7" } },
  { key: "\r", act: { kind: "press", door: "front", keys: "#" } },
  { key: "*", act: { kind: "press", door: "front", keys: "*" } },
  { key: "\t", act: { kind: "pick", door: "back" } },
  { key: "o", act: { kind: "leaf", door: "front", move: "open" } },
  { key: "r", act: { kind: "rex", door: "front" } },
  { key: "\u0003", act: { kind: "quit" } },
  { key: "z", act: null },
] as const;

for (const { key, act } of keys) {
  test(`the key ${JSON.stringify(key)} at the front door`, (t) => {
    t.same(readKey(key, DOORS, "front"), act);
    t.end();
  });
}

test("Tab goes round the doors", (t) => {
  t.same(readKey("\t", DOORS, "back"), { kind: "pick", door: "front" });
  t.end();
});
