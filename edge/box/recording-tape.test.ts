import { instant, monotonic } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { MemoryStore } from "./memory-store.ts";
import type { Ports } from "./ports.ts";
import { Tape } from "./recording-tape.ts";

function rig() {
  const lines: string[] = [];
  const clock = {
    monotonic: () => monotonic(100),
    signs: () => ({ wall: instant(0), boot: "b", hardwareClock: true, synchronised: false }),
  };
  const random = (count: number) => new Uint8Array(count).fill(0xa7);
  // What is not drawn or written here is not asked for.
  const live = { clock, random, store: new MemoryStore(), broker: {} } as unknown as Ports;
  return { lines, clock, live, tape: new Tape({ tzdata: null, write: (line) => lines.push(line) > 0 }) };
}

test("a key that is drawn for a Controller is noted nowhere; what else is drawn is", (t) => {
  const { lines, clock, live, tape } = rig();
  const { drawKey } = tape.seams(live);
  const { random } = tape.ports(live);
  tape.open({ kind: "start" }, clock, null);
  drawKey?.(16);
  tape.close(() => 0);
  t.notMatch(lines.join("\n"), /a7a7/);
  tape.open({ kind: "start" }, clock, null);
  random(8);
  tape.close(() => 0);
  t.match(lines.join("\n"), /"a7a7a7a7a7a7a7a7"/);
  t.end();
});

const WAKES = [
  { due: monotonic(100), written: 1, name: "at which a rule is due" },
  { due: monotonic(101), written: 0, name: "before any rule is due" },
  { due: null, written: 0, name: "for which no rule waits" },
] as const;
for (const { due, written, name } of WAKES) {
  test(`a turn ${name} and that does nothing is ${written === 1 ? "written" : "left out"}`, (t) => {
    const { lines, clock, tape } = rig();
    tape.open({ kind: "wake" }, clock, due);
    tape.close(() => 0);
    t.equal(lines.length, written);
    t.end();
  });
}
