/** Simulated Controllers live in this machine's time, also where the machine keeps their process waiting. */
import { randomBytes } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { type SimulatedEvent, startSimulated } from "@lintel/firmware-sim/board/simulated-controller.ts";
import { after, millis } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { realClock } from "./real-clock.ts";

/** The machine has no time for this process. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function due(clock: ReturnType<typeof realClock>, ms: number): Promise<void> {
  return new Promise((done) => clock.wake(after(clock.now(), millis(ms)), done));
}

test("what fell due while the process stood still happens in order, each at its own instant", async (t) => {
  const clock = realClock();
  const begun = clock.now();
  const happened: [string, number][] = [];
  const happens = (what: string) => void happened.push([what, Math.round(clock.now() - begun)]);
  clock.wake(after(begun, millis(40)), () => happens("later"));
  clock.wake(after(begun, millis(10)), () => {
    happens("first");
    clock.wake(after(clock.now(), millis(20)), () => happens("planned by the first"));
  });
  const takeBack = clock.wake(after(begun, millis(5)), () => happens("taken back"));
  takeBack();
  standStill(100);
  await turn();
  t.ok(clock.now() - begun >= 100, "nobody who asks for the time sees less than what has passed");
  t.same(happened, [
    ["first", 10],
    ["planned by the first", 30],
    ["later", 40],
  ]);
});

test("a wake comes by itself, at its time or a little later", async (t) => {
  const clock = realClock();
  const begun = clock.now();
  await due(clock, 30);
  t.ok(clock.now() - begun >= 30);
});

test("within one turn time stands still: what falls due meanwhile never happens in the middle of something", async (t) => {
  const clock = realClock();
  const begun = clock.now();
  let happened = false;
  clock.wake(after(begun, millis(5)), () => {
    happened = true;
  });
  standStill(20);
  t.equal(clock.now(), begun);
  t.notOk(happened);
  await turn();
  t.ok(clock.now() - begun >= 20);
  t.ok(happened);
});

test("every key of a person counts, also where the process stands still in the middle of a step", async (t) => {
  const clock = realClock();
  const options = { address: 0, baud: 9600, scbk: null, install: false, clear: true };
  const controller = startSimulated(options, { write: () => {} }, { clock, random: (count) => randomBytes(count) });
  let keys = "";
  controller.onEvent((event) => {
    if (event.kind !== "key") return;
    keys += event.key.use((key) => key);
    standStill(200);
  });
  controller.command("press 1234567890");
  while (clock.now() < controller.restsAt()) {
    controller.receive(Uint8Array.of(0xff));
    await turn();
  }
  t.equal(keys, "1234567890");
  controller.stop();
});

test("every key of a person counts, however the process stutters", async (t) => {
  const clock = realClock();
  const seen: SimulatedEvent[] = [];
  const options = { address: 0, baud: 9600, scbk: null, install: false, clear: true };
  const controller = startSimulated(options, { write: () => {} }, { clock, random: (count) => randomBytes(count) });
  controller.onEvent((event) => seen.push(event));
  controller.command("press 1234567890");
  const up = controller.restsAt();
  while (clock.now() < up) {
    standStill(130);
    // Bytes of a line come in whenever they are read, before overdue timers.
    controller.receive(Uint8Array.of(0xff));
    await turn();
  }
  const keys = seen.flatMap((event) => (event.kind === "key" ? [event.key.use((key) => key)] : []));
  t.equal(keys.join(""), "1234567890");
  controller.stop();
});
