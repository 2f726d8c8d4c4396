import { createServer } from "node:net";
import { VirtualClock } from "@lintel/firmware-sim/board/clock.ts";
import { openTcp } from "@lintel/hardware/serial/tcp.ts";
import { type Test, test } from "tap";
import { wiringFor } from "./board-under-test.rig.ts";
import { type BoardError, type OpenBoard, openBoard, sayBoardError } from "./firmata.ts";
import { FirmataBoard } from "./firmata-board.rig.ts";
import { LIMITS } from "./limits.ts";
import { GROUND } from "./recording-board.rig.ts";

const WIRING = wiringFor({ outputs: 1, inputs: 2, leds: 1 });
const RELAY = 12;
const EXIT = 14;

async function linkTo(port: number) {
  const link = await openTcp("127.0.0.1", port);
  if (!link.ok) throw new Error(link.error.why);
  return link.value;
}

async function opened(t: Test) {
  const uno = new FirmataBoard();
  await uno.listen();
  t.teardown(() => uno.close());
  // The first contact is one that is normally closed.
  uno.io.connect(13, GROUND, true);
  const clock = new VirtualClock();
  const board = await openBoard(await linkTo(uno.port), WIRING, clock);
  if (!board.ok) throw new Error(sayBoardError("the board", board.error));
  t.teardown(() => board.value.close());
  return { uno, clock, board: board.value };
}

function lost(board: OpenBoard): Promise<string> {
  return new Promise((told) => board.onLost(told));
}

/** Until the other end of a local connection has done what it was sent. */
async function heard(claim: () => boolean): Promise<void> {
  while (!claim()) await new Promise<void>((turn) => setImmediate(turn));
}

test("over Firmata's bytes, levels are known when the board is, and changes come", async (t) => {
  const { uno, board } = await opened(t);
  t.same(board.pins.levels(), { inputs: [false, false], tamper: true });
  const changed = new Promise((told) => board.pins.onChange(told));
  uno.io.connect(EXIT, GROUND, true);
  t.same(await changed, { kind: "input", input: 1, active: true });
});

test("over Firmata's bytes, a key is its own and an output follows", async (t) => {
  const { uno, board } = await opened(t);
  board.pins.drive({ kind: "columns", columns: 0b100 });
  const changed = new Promise((told) => board.pins.onChange(told));
  // 9: third row, third column.
  uno.io.connect(4, 8, true);
  t.same(await changed, { kind: "rows", rows: 0b0100 });
  board.pins.drive({ kind: "output", output: 0, energised: true });
  await heard(() => uno.io.level(RELAY) === 1);
  t.pass("the relay is on");
  t.equal(uno.io.shorted, false);
});

test("closed, the board has turned everything off before its link is let go", async (t) => {
  const uno = new FirmataBoard();
  await uno.listen();
  t.teardown(() => uno.close());
  const link = await linkTo(uno.port);
  let levelAtClose: number | null = null;
  const close = () => {
    levelAtClose = uno.io.level(RELAY);
    return link.close();
  };
  const board = await openBoard({ ...link, close }, WIRING, new VirtualClock());
  if (!board.ok) throw new Error(board.error.kind);
  board.value.pins.drive({ kind: "output", output: 0, energised: true });
  await heard(() => uno.io.level(RELAY) === 1);
  await board.value.close();
  t.equal(levelAtClose, 0);
});

test("a board that does not answer its farewell is waited for no longer than that", async (t) => {
  const { uno, clock, board } = await opened(t);
  uno.hanging = true;
  const closed = board.close();
  clock.pass(LIMITS.farewell);
  await closed;
  t.pass("it is closed");
});

test("a link that goes is told at once", async (t) => {
  const { uno, board } = await opened(t);
  const why = lost(board);
  uno.unplug();
  t.type(await why, "string");
});

test("a board that hangs is lost after a beat and its answer's time; one that answers is not", async (t) => {
  const { uno, clock, board } = await opened(t);
  let told: string | null = null;
  board.onLost((why) => {
    told = why;
  });
  for (let beats = 0; beats < 5; beats += 1) {
    clock.pass(LIMITS.heartbeat);
    await new Promise<void>((answered) => board.pins.afterAnswer(answered));
  }
  t.equal(told, null);
  uno.hanging = true;
  clock.pass(LIMITS.heartbeat + LIMITS.heartbeatAnswer - 1);
  t.equal(told, null);
  clock.pass(1);
  t.match(told, /does not answer/);
});

test("a port without Firmata behind it is silent, and says the remedy", async (t) => {
  const mute = createServer((socket) => socket.on("error", () => {}));
  const port = await new Promise<number>((done) =>
    mute.listen(0, "127.0.0.1", () => done((mute.address() as { port: number }).port)),
  );
  t.teardown(() => mute.close());
  const clock = new VirtualClock();
  const opening = openBoard(await linkTo(port), WIRING, clock);
  clock.pass(LIMITS.ready);
  const board = await opening;
  t.same(board, { ok: false, error: { kind: "silent" } });
});

test("a link that closes before the board is ready is no silence", async (t) => {
  const rude = createServer((socket) => socket.destroy());
  const port = await new Promise<number>((done) =>
    rude.listen(0, "127.0.0.1", () => done((rude.address() as { port: number }).port)),
  );
  t.teardown(() => rude.close());
  t.match(await openBoard(await linkTo(port), WIRING, new VirtualClock()), { ok: false, error: { kind: "closed" } });
});

const sentences: readonly { error: BoardError; says: RegExp }[] = [
  { error: { kind: "silent" }, says: /flash StandardFirmata/ },
  { error: { kind: "closed", why: "unplugged" }, says: /unplugged/ },
  { error: { kind: "no-such-pin", pin: "A9" }, says: /no pin A9.*board file/ },
  { error: { kind: "cannot", pin: "7", what: "PULLUP" }, says: /pin 7 .*StandardFirmata 2\.5/ },
  { error: { kind: "cannot", pin: "7", what: "OUTPUT" }, says: /pin 7 .*cannot be an output/ },
  { error: { kind: "one-pin-twice", pin: "14", other: "A0" }, says: /14 and A0 are one/ },
];

for (const { error, says } of sentences) {
  test(`of a board that cannot be used, ${error.kind}, a sentence with the remedy`, (t) => {
    t.match(sayBoardError("/dev/ttyACM0", error), says);
    t.match(sayBoardError("/dev/ttyACM0", error), /\/dev\/ttyACM0/);
    t.end();
  });
}
