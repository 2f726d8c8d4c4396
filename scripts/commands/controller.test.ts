/** `lintel controller` as a process: a panel on its pseudo-terminal, and the bytes of an Uno behind a TCP port as its board. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FirmataBoard } from "@lintel/hardware/boards/firmata-board.rig.ts";
import { GROUND } from "@lintel/hardware/boards/recording-board.rig.ts";
import { openSerial, sayWhy } from "@lintel/hardware/serial/link.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import tap, { type Test, test } from "tap";
import { LintelProcess, runLintel } from "../../test/support/lintel-process.rig.ts";
import { ownFolder } from "../../test/support/running-site.rig.ts";
import { until } from "../../test/support/until.rig.ts";
import { LineCp } from "../sim/line-cp.rig.ts";

tap.setTimeout(120_000);

const UNO = fileURLToPath(new URL("../../hardware/boards/arduino-uno.yaml", import.meta.url));
const HEX = "00112233445566778899aabbccddeeff";
const SCBK = new Secret(Uint8Array.from(Buffer.from(HEX, "hex")));
const RELAY = 9;
const onFor = (ms: number) => ({ name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(ms) }] }) as const;

async function started(t: Test) {
  const uno = new FirmataBoard();
  await uno.listen();
  // A leaf and a housing that are closed.
  for (const pin of [14, 16]) uno.io.connect(pin, GROUND, true);
  const pins = `tcp://127.0.0.1:${uno.port}`;
  const args = ["controller", "--board", UNO, "--port", "pty", "--pins", pins, "--scbk", HEX, "--json"];
  const controller = new LintelProcess(args);
  t.teardown(() => controller.kill());
  t.teardown(() => uno.close());
  const { path } = await controller.line("its port", ({ event }) => event === "port");
  await controller.line("its state", ({ event }) => event === "state");
  const port = await openSerial({ path: String(path), baud: 9600 });
  if (!port.ok) throw new Error(sayWhy(port.error));
  t.teardown(() => port.value.close());
  return { uno, controller, cp: new LineCp(port.value, 0) };
}

const relay = (uno: FirmataBoard, level: 0 | 1) =>
  until(`the relay's pin at ${level}`, () => uno.io.level(RELAY) === level);

test("a panel hears keys from the pins and drives the relay's pin", async (t) => {
  const { uno, controller, cp } = await started(t);
  t.match(
    controller.lines.find(({ event }) => event === "state"),
    { powered: true, relay: [false], contact: false, tamper: false },
  );
  t.equal(await cp.open(SCBK), true);
  // 5: second row, second column.
  uno.io.connect(3, 7, true);
  t.match(await controller.line("a key", ({ event }) => event === "key"), { key: "•" });
  uno.io.connect(3, 7, false);
  t.match(await cp.until("KEYPAD"), { keys: Uint8Array.of(0x35) });
  t.equal(await cp.brief(onFor(300)), "ACK");
  await relay(uno, 1);
  await relay(uno, 0);
  // The pin moves before the line about it is printed.
  await controller.line("the relay's end", ({ event, on }) => event === "relay" && on === false);
  t.match(
    controller.lines.filter(({ event }) => event === "relay"),
    [
      { output: 0, on: true, for: 300 },
      { output: 0, on: false },
    ],
  );
});

const ends: readonly { name: string; end: (controller: LintelProcess) => void }[] = [
  { name: "quit", end: (controller) => controller.say("quit\n") },
  { name: "SIGTERM", end: (controller) => controller.signal("SIGTERM") },
  { name: "SIGINT", end: (controller) => controller.signal("SIGINT") },
];

for (const { name, end } of ends) {
  test(`${name} ends it in the middle of a release, with the relay off`, async (t) => {
    const { uno, controller, cp } = await started(t);
    await cp.open(SCBK);
    await cp.brief(onFor(60_000));
    await relay(uno, 1);
    end(controller);
    t.same(await controller.ended, { code: 0, signal: null });
    t.equal(uno.io.level(RELAY), 0);
  });
}

test("a lost board is lost power: the panel hears nothing, and with the board it starts anew", async (t) => {
  const { uno, controller, cp } = await started(t);
  await cp.open(SCBK);
  await cp.brief(onFor(60_000));
  await relay(uno, 1);
  const from = controller.lines.length;
  uno.unplug();
  t.match(await controller.line("the board is gone", ({ event }) => event === "pins", { from }), { open: false });
  t.match(await controller.line("no session", ({ event }) => event === "secure", { from }), { on: false });
  await controller.line("the board is back", ({ event, open }) => event === "pins" && open, { from });
  await relay(uno, 0);
  t.equal(await cp.open(SCBK), true, "a session again, under the same key");
  t.match(controller.talk, /lost the board on tcp:.*looked for every second/);
});

const faulty: readonly { name: string; text: string; says: RegExp }[] = [
  {
    name: "faults, all of them with their places",
    text: "pins:\n  outputs: [ { pin: 1 } ]\nrexx: 3\n",
    says: /:2:21: .*serial line.*\n.*:3:1: .*rexx/,
  },
  { name: "no pins", text: "outputs: 1\n", says: /it has no pins/ },
  {
    name: "no port of the board",
    text: "pins: { outputs: [ { pin: 9 } ] }\ncontact: none\nrex: none\n",
    says: /--pins PATH/,
  },
];

for (const { name, text, says } of faulty) {
  test(`a board file with ${name} is wrong use`, async (t) => {
    const path = join(ownFolder(t), "board.yaml");
    writeFileSync(path, text);
    const ran = await runLintel(["controller", "--board", path, "--port", "pty"]);
    t.equal(ran.code, 2);
    t.match(ran.err, says);
    t.notMatch(ran.err, /\n {4}at /);
  });
}

test("a board that is not there is exit 3, with the remedy", async (t) => {
  const ran = await runLintel(["controller", "--board", UNO, "--port", "pty", "--pins", "/dev/no-such-board"]);
  t.equal(ran.code, 3);
  t.match(ran.err, /\/dev\/no-such-board: it is not there; plug it in/);
});
