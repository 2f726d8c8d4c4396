/**
 * The whole loop with a Controller on real pins: edge and authority as processes, a pseudo-terminal, and in this process
 * the firmware on a board of johnny-five's, whose place a recording board takes. A key press there drives the relay there.
 */
import { readFileSync } from "node:fs";
import type { SimulatedController } from "@lintel/firmware-sim/board/simulated-controller.ts";
import { type Key, placeOf } from "@lintel/firmware-sim/controller/keypad.ts";
import { DEFAULT_SETTINGS } from "@lintel/firmware-sim/controller/settings.ts";
import { readBoardFile } from "@lintel/hardware/boards/board-file.ts";
import { takeBoard } from "@lintel/hardware/boards/firmata.ts";
import { RealController } from "@lintel/hardware/boards/real-controller.ts";
import { GROUND, RecordingIo } from "@lintel/hardware/boards/recording-board.rig.ts";
import { after, type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import t, { test } from "tap";
import { clock, WatchedController } from "../support/door-line.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

/** Pins of the shipped board. */
const [ROW, COLUMN, RELAY, RED, GREEN, BUZZER, CONTACT, REX, TAMPER] = [2, 6, 9, 10, 11, 12, 14, 15, 16] as const;
/** A key down, and the pause after it: a calm finger, for this process is board, hand and firmware at once. */
const STROKE = millis(160);

const file = readBoardFile(readFileSync(new URL("../../hardware/boards/arduino-uno.yaml", import.meta.url), "utf8"));
if (!file.ok) throw new Error(JSON.stringify(file.error));
const { wiring, size } = file.value;
// Answers come a turn of the loop later, as they do from a board.
const io = new RecordingIo((answer) => void setImmediate(answer));
for (const pin of [CONTACT, TAMPER]) io.connect(pin, GROUND, true);

/** What happened on pins, in order. */
const relay: (0 | 1)[] = [];
const write = io.digitalWrite.bind(io);
io.digitalWrite = (pin, level) => {
  if (pin === RELAY && level !== io.level(RELAY)) relay.push(level);
  write(pin, level);
};

const board = await takeBoard(io, wiring!, clock, { close: async () => {} }, new Promise(() => {}));
if (!board.ok) throw new Error(JSON.stringify(board.error));
const open = board.value;

/** The hand of a person, on the pins. */
let handFree = clock.now();
function stroke(key: Key): void {
  const { row, column } = placeOf(key);
  const down = handFree > clock.now() ? handFree : clock.now();
  clock.wake(down, () => io.connect(ROW + row, COLUMN + column, true));
  clock.wake(after(down, STROKE), () => io.connect(ROW + row, COLUMN + column, false));
  handFree = after(down, millis(2 * STROKE));
}

const site = new RunningSite(t);
await site.addDoor("back", "b2");
const line = await site.addLine("b1");
const front = new WatchedController(line, {}, (options, link, machine) => {
  const whole = { ...options, serial: 1, size, door: DEFAULT_SETTINGS, allowPermanent: false };
  const real = new RealController(whole, open, { ...machine, link, reopen: async () => null });
  return {
    receive: (bytes) => real.receive(bytes),
    onEvent: (listener) => real.onEvent(listener),
    state: () => real.state(),
    stop: () => void real.stop(),
    restsAt: (): Monotonic => handFree,
    command(words) {
      if (!words.startsWith("press ")) return "this board has a keypad";
      for (const key of words.slice(6)) stroke(key as Key);
      return null;
    },
  } satisfies SimulatedController;
});
site.doors.set("front", front);
await site.start(officeSite());

test("a code pressed on the pins drives the relay's pin, and it locks again by itself", async (t) => {
  t.equal(io.level(RELAY), 0);
  t.equal(await front.enter(CODES.desk), 1);
  t.same(relay, [1]);
  await until("the relay locks", () => io.level(RELAY) === 0);
  t.same(relay, [1, 0]);
  const record = await site.record("the grant", ({ event, door }) => event === "granted" && door === "front");
  t.match(record, { key: "desk" });
});

test("a wrong code leaves the relay's pin, and the buzzer and the red pin say so", async (t) => {
  const told = relay.length;
  const before = io.acts.length;
  t.equal(await front.enter(CODES.wrong), 0);
  t.equal(relay.length, told);
  const on = io.acts.slice(before).filter(({ act, value }) => act === "write" && value === 1);
  t.ok(
    on.some(({ pin }) => pin === RED),
    "red",
  );
  t.ok(
    on.some(({ pin }) => pin === BUZZER),
    "sound",
  );
  t.notOk(
    on.some(({ pin }) => pin === GREEN),
    "not green",
  );
});

test("the exit button on its pin drives the relay without being asked of anybody", async (t) => {
  await front.locked();
  const told = relay.length;
  io.connect(REX, GROUND, true);
  await until("the relay releases", () => relay.length > told);
  io.connect(REX, GROUND, false);
  t.equal(relay.at(-1), 1);
  t.match(await site.record("the exit", ({ event, door }) => event === "rex" && door === "front"), { door: "front" });
});

test("the leaf's contact and the housing's are told as the pins say", async (t) => {
  const told = site.records.length;
  io.connect(CONTACT, GROUND, false);
  await site.record("opened", ({ event, door }) => event === "opened" && door === "front", told);
  io.connect(CONTACT, GROUND, true);
  await site.record("closed", ({ event, door }) => event === "closed" && door === "front", told);
  io.connect(TAMPER, GROUND, false);
  t.ok(await site.record("tamper", ({ event, door }) => event === "tamper" && door === "front", told));
});

test("the end turns every output off", async (t) => {
  io.connect(REX, GROUND, true);
  await until("the relay releases", () => io.level(RELAY) === 1);
  await open.close();
  t.same(
    [RELAY, RED, GREEN, BUZZER].map((pin) => io.level(pin)),
    [0, 0, 0, 0],
  );
  t.equal(io.shorted, false);
});
