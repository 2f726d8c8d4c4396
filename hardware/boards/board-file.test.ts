import { DEFAULT_SETTINGS } from "@lintel/firmware-sim/controller/settings.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { mergeDoor, NO_BOARD_FILE, readBoardFile } from "./board-file.ts";
import { LIMITS } from "./limits.ts";

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
  { name: "an output too few", text: "outputs: 1\nstrike: { output: 1 }", line: 2, column: 9, says: /outputs 0 to 0/ },
  {
    name: "an input too few",
    text: "inputs: 2\nfireRelease: { input: 2 }",
    line: 2,
    column: 14,
    says: /inputs 0 to 1/,
  },
  {
    name: "one input for two",
    text: "rex: { input: 3 }\ncontact: { input: 3 }",
    line: 2,
    column: 10,
    says: /two things/,
  },
  { name: "a baud that none has", text: "firmata: { baud: 57000 }", line: 1, column: 18, says: /57600/ },
  { name: "a port that is a number", text: "firmata: { port: 3 }", line: 1, column: 18, says: /a serial device/ },
];

/** Each with a relay on pin 9, in its first line. */
const wirings: readonly { name: string; text: string; line: number; column: number; says: RegExp }[] = [
  { name: "a field that is none", text: "  relay: 3", line: 3, column: 3, says: /no field 'relay'/ },
  { name: "a pin that is none", text: "  buzzer: { pin: D7 }", line: 3, column: 18, says: /expected a pin/ },
  { name: "an analog pin too high", text: "  buzzer: { pin: A16 }", line: 3, column: 18, says: /A0 to A15/ },
  { name: "a pin too high", text: "  buzzer: { pin: 128 }", line: 3, column: 18, says: /2 to 127/ },
  { name: "a pin of the serial line", text: "  buzzer: { pin: 0 }", line: 3, column: 18, says: /pins 0 and 1/ },
  { name: "no pin", text: "  buzzer: { active: high }", line: 3, column: 11, says: /buzzer\.pin: it is missing/ },
  {
    name: "a pin that is taken",
    text: "  buzzer: { pin: 9 }",
    line: 3,
    column: 18,
    says: /taken already, by pins\.outputs\[0\]/,
  },
  { name: "a third level", text: "  buzzer: { pin: 7, active: on }", line: 3, column: 29, says: /high or low/ },
  {
    name: "a contact of neither kind",
    text: "  tamper: { pin: 7 }",
    line: 3,
    column: 11,
    says: /normally: it is missing/,
  },
  {
    name: "a contact of another kind",
    text: "  tamper: { pin: 7, normally: shut }",
    line: 3,
    column: 31,
    says: /open or closed/,
  },
  {
    name: "a pull-down",
    text: "  tamper: { pin: 7, normally: open, pull: down }",
    line: 3,
    column: 43,
    says: /internal or external/,
  },
  {
    name: "three rows",
    text: "  keypad: { rows: [2, 3, 4], columns: [6, 7, 8] }",
    line: 3,
    column: 19,
    says: /3 entries, expected a list of 4/,
  },
  { name: "no columns", text: "  keypad: { rows: [2, 3, 4, 5] }", line: 3, column: 11, says: /columns: it is missing/ },
  { name: "a keypad that is a pin", text: "  keypad: 3", line: 3, column: 11, says: /expected fields/ },
  {
    name: "a LED without green",
    text: "  leds: [ { red: 5 } ]",
    line: 3,
    column: 11,
    says: /leds\[0\]\.green: it is missing/,
  },
  {
    name: "five LEDs",
    text: "  leds: [ 1, 2, 3, 4, 5 ]",
    line: 3,
    column: 9,
    says: /5 entries, expected a list of 0 to 4/,
  },
  { name: "inputs that are no list", text: "  inputs: 3", line: 3, column: 11, says: /expected a list of 0 to 16/ },
  { name: "more outputs than it says", text: "outputs: 2", line: 3, column: 10, says: /pins\.outputs lists 1/ },
];

for (const { name, text, line, column, says } of wirings) {
  test(`a board file with ${name} among its pins is refused, with its place`, (t) => {
    const read = readBoardFile(`pins:\n  outputs: [ { pin: 9 } ]\n${text}\n`);
    t.match(read, { ok: false, error: [{ line, column }] });
    if (!read.ok) t.equal(read.error.length, 1);
    if (!read.ok) t.match(read.error[0]!.message, says);
    t.end();
  });
}

const relays: readonly { name: string; text: string; says: RegExp | null }[] = [
  {
    name: "active low on a digital pin: pulled in whenever the board starts",
    text: "{ pin: 9, active: low }",
    says: /whenever the board starts/,
  },
  { name: "active low on an analog pin", text: "{ pin: A3, active: low }", says: null },
  { name: "active high on a digital pin", text: "{ pin: 9 }", says: null },
];

for (const { name, text, says } of relays) {
  test(`a relay ${name} is ${says === null ? "taken" : "refused"}`, (t) => {
    const read = readBoardFile(`pins:\n  outputs: [ ${text} ]\n`);
    t.equal(read.ok, says === null);
    if (!read.ok) t.match(read.error, [{ line: 2, column: 14, message: says }]);
    t.end();
  });
}

test("the number of pins follows from those that are wired", (t) => {
  const read = readBoardFile("pins: { outputs: [ { pin: 9 }, { pin: 10 } ], inputs: [ { pin: A0, normally: open } ] }");
  t.match(read, {
    ok: true,
    value: { size: { outputs: 2, inputs: 1, leds: 0 }, wiring: { keypad: null, tamper: null } },
  });
  t.end();
});

test("all faults of a file are named, in its order, and no more than can be read", (t) => {
  const read = readBoardFile("serial: -1\nstrike: { fail: open }\npins:\n  outputs: []\n  buzzer: { pin: 1 }\n");
  t.same(!read.ok && read.error.map(({ line }) => line), [1, 2, 4, 5]);
  const many = readBoardFile(Array.from({ length: LIMITS.problems + 1 }, (_, at) => `field${at}: 1`).join("\n"));
  t.equal(!many.ok && many.error.length, LIMITS.problems);
  const long = readBoardFile(`#${"-".repeat(LIMITS.fileLength)}`);
  t.match(long, { ok: false, error: [{ message: /over 65536 characters/ }] });
  t.end();
});

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
