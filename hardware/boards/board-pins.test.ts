import { readFileSync } from "node:fs";
import { VirtualClock } from "@lintel/firmware-sim/board/clock.ts";
import { KEYS, type Key, placeOf } from "@lintel/firmware-sim/controller/keypad.ts";
import { DARK, type LedPattern, type PinChange } from "@lintel/firmware-sim/controller/pins.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import type { Colour } from "@lintel/protocol/osdp/commands.ts";
import { type Test, test } from "tap";
import { readBoardFile } from "./board-file.ts";
import { takePins, type WiringError } from "./board-pins.ts";
import { BoardUnderTest, pinsOf, wiringFor } from "./board-under-test.rig.ts";
import { LIMITS } from "./limits.ts";
import { boardOn, RecordingIo } from "./recording-board.rig.ts";
import type { BoardWiring } from "./wiring.ts";

const shipped = readBoardFile(readFileSync(new URL("arduino-uno.yaml", import.meta.url), "utf8"));
const UNO = shipped.ok ? shipped.value.wiring! : (undefined as unknown as BoardWiring);
const ALL = 0b111;

function taken(wiring: BoardWiring = UNO) {
  const clock = new VirtualClock();
  const board = new BoardUnderTest(wiring, clock);
  const changes: PinChange[] = [];
  board.pins.onChange((change) => changes.push(change));
  return { board, clock, changes, ...board };
}

test("the shipped board uses each of its pins for one thing, and fits an Uno", (t) => {
  t.ok(shipped.ok);
  t.match(shipped, { value: { size: { outputs: 1, inputs: 2, leds: 1 }, firmata: { baud: 57_600 } } });
  const { board, io } = taken();
  const used = new Set(io.acts.map(({ pin }) => pin));
  t.same(
    [...used].sort((a, b) => a - b),
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16],
  );
  t.same(board.pins.levels(), { inputs: [false, false], tamper: false });
  t.end();
});

for (const key of KEYS.flat()) {
  test(`key ${key} connects its row under its column alone`, (t) => {
    const { board, changes, io } = taken();
    const { row, column } = placeOf(key);
    board.pins.drive({ kind: "columns", columns: ALL });
    board.keyDown(key);
    t.same(changes, [{ kind: "rows", rows: 1 << row }]);
    for (const other of [0, 1, 2]) {
      changes.length = 0;
      board.pins.drive({ kind: "columns", columns: 0 });
      changes.length = 0;
      board.pins.drive({ kind: "columns", columns: 1 << other });
      t.same(changes, other === column ? [{ kind: "rows", rows: 1 << row }] : []);
    }
    board.pins.drive({ kind: "columns", columns: ALL });
    board.keyUp(key);
    t.same(changes.at(-1), { kind: "rows", rows: 0 });
    t.equal(io.shorted, false);
    t.end();
  });
}

const chords: readonly { name: string; keys: readonly Key[]; columns: readonly number[] }[] = [
  { name: "in one row", keys: ["4", "6"], columns: [0b0010, 0, 0b0010] },
  { name: "in one column", keys: ["2", "8"], columns: [0, 0b0101, 0] },
  { name: "of neither", keys: ["1", "#"], columns: [0b0001, 0, 0b1000] },
];

for (const { name, keys, columns } of chords) {
  test(`two keys ${name} are both seen, and join no two outputs`, (t) => {
    const { board, clock, io } = taken();
    for (const key of keys) board.keyDown(key);
    // The second in a row cannot be seen at rest: the scan after the pause finds it.
    clock.pass(LIMITS.matrixPause);
    const seen = [0, 1, 2].map((column) => {
      let rows = 0;
      board.pins.onChange((change) => {
        if (change.kind === "rows") rows = change.rows;
      });
      board.pins.drive({ kind: "columns", columns: 0 });
      board.pins.drive({ kind: "columns", columns: 1 << column });
      return rows;
    });
    t.same(seen, columns);
    t.equal(io.shorted, false);
    for (const key of keys) board.keyUp(key);
    clock.pass(LIMITS.matrixPause);
    const before = io.acts.length;
    clock.pass(60_000);
    t.equal(io.acts.length, before, "a keypad at rest is left alone");
    t.end();
  });
}

test("a row is read only after the board has done what it was told and looked again", (t) => {
  const answers: (() => void)[] = [];
  const io = new RecordingIo((answer) => answers.push(answer));
  const clock = new VirtualClock();
  const changes: PinChange[] = [];
  takePins(boardOn(io), UNO, clock, (pins) => {
    pins.onChange((change) => changes.push(change));
    pins.drive({ kind: "columns", columns: ALL });
  });
  const turn = () => {
    for (const answer of answers.splice(0)) answer();
  };
  for (let turns = 0; turns < 20 && answers.length > 0; turns += 1) turn();
  t.same(changes, [], "at rest nothing is told");
  const { row, column } = placeOf("9");
  io.connect(2 + row, 6 + column, true);
  let turns = 0;
  for (; changes.length === 0 && turns < 20; turns += 1) turn();
  t.same(changes, [{ kind: "rows", rows: 1 << row }]);
  t.equal(turns, 9, "the report, then two answers for each column and for the rest after them");
  t.end();
});

test("contacts of either kind are told as what they mean, each alone", (t) => {
  const wiring = wiringFor({ outputs: 1, inputs: 4, leds: 1 });
  const { board, changes } = taken(wiring);
  for (const input of [0, 1, 2, 3]) {
    board.input(input, true);
    board.input(input, true);
    t.same(
      board.pins.levels().inputs,
      [0, 1, 2, 3].map((each) => each === input),
    );
    board.input(input, false);
    t.same(changes.splice(0), [
      { kind: "input", input, active: true },
      { kind: "input", input, active: false },
    ]);
  }
  board.tamper(true);
  t.same(board.pins.levels(), { inputs: [false, false, false, false], tamper: true });
  board.tamper(false);
  t.same(changes, [
    { kind: "tamper", on: true },
    { kind: "tamper", on: false },
  ]);
  t.end();
});

test("a cut wire of a contact that is normally closed reads as active", (t) => {
  const clock = new VirtualClock();
  const io = new RecordingIo();
  const pins = takePins(boardOn(io), UNO, clock, () => {});
  if (!pins.ok) throw new Error(pins.error.kind);
  // Nothing is wired: the door stands open, nobody presses, the housing is open.
  t.same(pins.value.levels(), { inputs: [true, false], tamper: true });
  t.end();
});

// Outputs.

const LOW_RELAY: BoardWiring = { ...UNO, outputs: [{ pin: pinsOf("A5")[0]!, active: "low" }], buzzer: null };

for (const [name, wiring, pin] of [
  ["high", UNO, 9],
  ["low", LOW_RELAY, 19],
] as const) {
  test(`a relay that is active ${name} follows its drive, and was never on before`, (t) => {
    const io = new RecordingIo();
    const off = name === "high" ? 0 : 1;
    let wasOn = false;
    const write = io.digitalWrite.bind(io);
    const mode = io.pinMode.bind(io);
    const look = () => {
      wasOn ||= io.pins[pin]!.mode === io.MODES.OUTPUT && io.level(pin) !== off;
    };
    io.digitalWrite = (...args) => {
      write(...args);
      look();
    };
    io.pinMode = (...args) => {
      mode(...args);
      look();
    };
    const pins = takePins(boardOn(io), wiring, new VirtualClock(), () => {});
    if (!pins.ok) throw new Error(pins.error.kind);
    t.equal(wasOn, false);
    t.equal(io.level(pin), off);
    for (const energised of [true, false, true]) {
      pins.value.drive({ kind: "output", output: 0, energised });
      t.equal(io.level(pin), energised ? 1 - off : off);
    }
    pins.value.release();
    t.equal(io.level(pin), off, "released");
    pins.value.drive({ kind: "output", output: 0, energised: true });
    t.equal(io.level(pin), off, "and not to be driven again");
    t.end();
  });
}

const steady = (colour: Colour): LedPattern => ({ colour, offColour: colour, on: millis(0), off: millis(0) });
const colours: readonly { colour: Colour; two: readonly [number, number]; three: readonly [number, number, number] }[] =
  [
    { colour: "black", two: [0, 0], three: [0, 0, 0] },
    { colour: "red", two: [1, 0], three: [1, 0, 0] },
    { colour: "green", two: [0, 1], three: [0, 1, 0] },
    { colour: "amber", two: [1, 1], three: [1, 1, 0] },
    { colour: "blue", two: [0, 0], three: [0, 0, 1] },
    { colour: "magenta", two: [1, 0], three: [1, 0, 1] },
    { colour: "cyan", two: [0, 1], three: [0, 1, 1] },
    { colour: "white", two: [1, 1], three: [1, 1, 1] },
  ];
const RGB: BoardWiring = {
  ...UNO,
  leds: [{ red: pinsOf(10)[0]!, green: pinsOf(11)[0]!, blue: pinsOf(13)[0]!, active: "low" }],
};

for (const { colour, two, three } of colours) {
  test(`${colour}, on two pins and on three that are active low`, (t) => {
    const plain = taken();
    plain.board.pins.drive({ kind: "led", led: 0, pattern: steady(colour) });
    t.same(
      [10, 11].map((pin) => plain.io.level(pin)),
      two,
    );
    const rgb = taken(RGB);
    rgb.board.pins.drive({ kind: "led", led: 0, pattern: steady(colour) });
    t.same(
      [10, 11, 13].map((pin) => 1 - rgb.io.level(pin)),
      three,
    );
    t.end();
  });
}

test("a LED blinks by itself until it is shown something else", (t) => {
  const { board, clock, io } = taken();
  const red = () => io.level(10);
  board.pins.drive({
    kind: "led",
    led: 0,
    pattern: { colour: "red", offColour: "black", on: millis(200), off: millis(300) },
  });
  const seen = [0, 199, 1, 299, 1, 199, 1].map((pause) => {
    clock.pass(pause);
    return red();
  });
  t.same(seen, [1, 1, 0, 0, 1, 1, 0]);
  board.pins.drive({ kind: "led", led: 0, pattern: DARK });
  const acts = io.acts.length;
  clock.pass(10_000);
  t.equal(io.acts.length, acts);
  t.end();
});

test("the buzzer is on while it is driven", (t) => {
  const { board, io } = taken();
  for (const on of [true, false]) {
    board.pins.drive({ kind: "buzzer", on });
    t.equal(io.level(12), on ? 1 : 0);
  }
  t.end();
});

test("released, every output is off, no column is driven, nothing blinks and nothing is told", (t: Test) => {
  const { board, clock, changes, io } = taken();
  board.pins.drive({ kind: "output", output: 0, energised: true });
  board.pins.drive({ kind: "buzzer", on: true });
  board.pins.drive({
    kind: "led",
    led: 0,
    pattern: { colour: "amber", offColour: "black", on: millis(100), off: millis(100) },
  });
  board.pins.release();
  t.same(
    [9, 10, 11, 12].map((pin) => io.level(pin)),
    [0, 0, 0, 0],
  );
  t.same(
    [6, 7, 8].map((pin) => io.pins[pin]!.mode),
    [11, 11, 11],
  );
  const acts = io.acts.length;
  clock.pass(10_000);
  board.keyDown("5");
  board.input(1, true);
  t.equal(io.acts.length, acts);
  t.same(changes, []);
  t.end();
});

const misfits: readonly { name: string; wiring: BoardWiring; io?: (io: RecordingIo) => void; error: WiringError }[] = [
  {
    name: "a pin that the board has not",
    wiring: { ...UNO, buzzer: { pin: pinsOf(22)[0]!, active: "high" } },
    error: { kind: "no-such-pin", pin: "22" },
  },
  {
    name: "an analog pin that it has not",
    wiring: { ...UNO, buzzer: { pin: pinsOf("A6")[0]!, active: "high" } },
    error: { kind: "no-such-pin", pin: "A6" },
  },
  {
    name: "one pin under two names",
    wiring: { ...UNO, buzzer: { pin: pinsOf(14)[0]!, active: "high" } },
    error: { kind: "one-pin-twice", pin: "A0", other: "14" },
  },
  {
    name: "a Firmata without pull-ups",
    wiring: UNO,
    io: (io) => {
      for (const pin of io.pins) pin.supportedModes = pin.supportedModes.filter((mode) => mode !== io.MODES.PULLUP);
    },
    error: { kind: "cannot", pin: "A0", what: "PULLUP" },
  },
];

for (const { name, wiring, io: prepare, error } of misfits) {
  test(`${name} is refused before any pin is touched`, (t) => {
    const io = new RecordingIo();
    prepare?.(io);
    t.same(
      takePins(boardOn(io), wiring, new VirtualClock(), () => {}),
      { ok: false, error },
    );
    t.same(io.acts, []);
    t.end();
  });
}
