import { DEFAULT_SETTINGS } from "@lintel/firmware-sim/controller/settings.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { mergeDoor, NO_BOARD_FILE, readBoardFile } from "./board-file.ts";

const boards: readonly { name: string; text: string; board: object }[] = [
  { name: "an empty file changes nothing", text: "", board: NO_BOARD_FILE },
  {
    name: "everything",
    text: [
      "outputs: 8",
      "inputs: 16",
      "leds: 4",
      "serial: 4294967295",
      "strike: { output: 7, fail: safe }",
      "rex: { input: 15, release: 120s }",
      "contact: { input: 3 }",
      "fireRelease: { input: 4 }",
    ].join("\n"),
    board: {
      ...NO_BOARD_FILE,
      size: { outputs: 8, inputs: 16, leds: 4 },
      serial: 0xffff_ffff,
      strike: { output: 7, fail: "safe" },
      rex: { input: 15, release: millis(120_000) },
      contact: { input: 3 },
      fire: { input: 4 },
    },
  },
  {
    name: "defaults of what is half said",
    text: "strike: {}\nrex: { input: 2 }\n",
    board: { ...NO_BOARD_FILE, strike: { output: 0, fail: "secure" }, rex: { input: 2, release: millis(5_000) } },
  },
  {
    name: "not fitted",
    text: "rex: none\ncontact: null\n",
    board: { ...NO_BOARD_FILE, rex: null, contact: null },
  },
  {
    name: "JSON is YAML",
    text: '{"rex":{"input":1,"release":"700ms"}}',
    board: { ...NO_BOARD_FILE, rex: { input: 1, release: millis(700) } },
  },
];

for (const { name, text, board } of boards) {
  test(`a board file: ${name}`, (t) => {
    t.same(readBoardFile(text), { ok: true, value: board });
    t.end();
  });
}

const faults: readonly { name: string; text: string; line: number; column: number; says: RegExp }[] = [
  { name: "no YAML", text: "rex: {", line: 1, column: 7, says: /not YAML/ },
  { name: "a field twice", text: "leds: 1\nleds: 2", line: 2, column: 1, says: /not YAML/ },
  { name: "a list", text: "- 1", line: 1, column: 1, says: /expected fields/ },
  { name: "a field that is none", text: "leds: 1\nrelays: 2", line: 2, column: 1, says: /no field 'relays'/ },
  { name: "a field without a value", text: "leds:", line: 1, column: 6, says: /leds/ },
  { name: "9 outputs", text: "outputs: 9", line: 1, column: 10, says: /1 to 8/ },
  { name: "half an input", text: "inputs: 1.5", line: 1, column: 9, says: /1 to 16/ },
  { name: "a third way to fail", text: "strike: { fail: open }", line: 1, column: 17, says: /secure or safe/ },
  { name: "a REX without an input", text: "rex: { release: 5s }", line: 1, column: 6, says: /rex\.input/ },
  { name: "a release of nothing", text: "rex: { input: 1, release: 0s }", line: 1, column: 27, says: /100ms to 120s/ },
  { name: "a release of 121 s", text: "rex: { input: 1, release: 121s }", line: 1, column: 27, says: /100ms to 120s/ },
  {
    name: "a release between two steps",
    text: "rex: { input: 1, release: 150ms }",
    line: 1,
    column: 27,
    says: /steps/,
  },
];

for (const { name, text, line, column, says } of faults) {
  test(`a board file with ${name} is refused, with its place`, (t) => {
    const read = readBoardFile(text);
    t.match(read, { ok: false, error: [{ line, column }] });
    if (!read.ok) t.equal(read.error.length, 1);
    if (!read.ok) t.match(read.error[0]!.message, says);
    t.end();
  });
}

test("a board file goes over what the flash holds, field by field", (t) => {
  const read = readBoardFile("strike: { output: 1 }\ncontact: none\n");
  if (!read.ok) throw new Error(read.error[0]!.message);
  t.same(mergeDoor(read.value, { ...DEFAULT_SETTINGS, fire: { input: 2 } }), {
    ok: true,
    value: { ...DEFAULT_SETTINGS, strike: { output: 1, fail: "secure" }, contact: null, fire: { input: 2 } },
  });
  t.end();
});

test("a board file that the flash makes too much of is refused", (t) => {
  const read = readBoardFile("fireRelease: { input: 1 }");
  if (!read.ok) throw new Error("unreadable");
  const merged = mergeDoor(read.value, DEFAULT_SETTINGS);
  t.match(merged, { ok: false, error: /input 1 is used for two things/ });
  t.end();
});
