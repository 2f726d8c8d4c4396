import { test } from "tap";
import { SimulatedBoard } from "../board/board.ts";
import { VirtualClock } from "../board/clock.ts";
import { RIG_OPTIONS } from "./controller.rig.ts";
import { memoryFlash } from "./flash.ts";
import { RunningFirmware } from "./running.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import type { Seen } from "./state.ts";

function powered(seen: (seen: Seen, firmware: RunningFirmware) => void = () => {}) {
  const clock = new VirtualClock();
  const pins = new SimulatedBoard(RIG_OPTIONS.size, DEFAULT_SETTINGS, clock);
  const kinds: string[] = [];
  const firmware: RunningFirmware = new RunningFirmware({
    pins,
    link: { write() {} },
    flash: memoryFlash(),
    clock,
    random: (count) => new Uint8Array(count),
    seen(event) {
      kinds.push(event.kind);
      seen(event, firmware);
    },
  });
  firmware.start(RIG_OPTIONS);
  return { clock, pins, firmware, kinds };
}

test("a press at the pins goes through the firmware and back to the pins", (t) => {
  const { clock, pins, kinds } = powered();
  pins.rex(true);
  clock.pass(20);
  t.same(kinds, ["relay", "rex"]);
  t.equal(pins.energised(0), true);
  t.end();
});

test("power that goes in the middle of a step takes the rest of it along", (t) => {
  const { clock, pins, firmware, kinds } = powered((event, running) => {
    if (event.kind === "relay") running.stop();
  });
  pins.rex(true);
  clock.pass(20);
  t.same(kinds, ["relay"], "what came after it in the same step did not happen");
  t.equal(firmware.state, null);
  clock.pass(60_000);
  t.same(kinds, ["relay"], "nor did anything later");
  t.end();
});

test("without power nothing is heard, and a new start knows nothing of before", (t) => {
  const { clock, pins, firmware, kinds } = powered();
  firmware.stop();
  pins.rex(true);
  clock.pass(1_000);
  t.same(kinds, []);
  pins.rex(false);
  firmware.start(RIG_OPTIONS);
  clock.pass(1_000);
  t.same(kinds, []);
  pins.rex(true);
  clock.pass(20);
  t.same(kinds, ["relay", "rex"]);
  t.end();
});

test("what waited when the power went is not heard after a new start", (t) => {
  const { clock, pins, firmware, kinds } = powered((event, running) => {
    if (event.kind !== "relay" || clock.now() > 20) return;
    // Let go within the step: it waits, and then there is no power.
    pins.rex(false);
    running.stop();
  });
  pins.rex(true);
  clock.pass(20);
  pins.rex(true);
  kinds.length = 0;
  clock.pass(1_000);
  firmware.start(RIG_OPTIONS);
  clock.pass(1_000);
  t.same(kinds, ["relay", "rex"], "it is held down since before the start, and never let go");
  t.end();
});
