import { instant, type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { EdgeMachine } from "./edge-machine.ts";
import { ModelTime } from "./model-time.ts";
import { seededBytes } from "./random.ts";

test("whoever is woken at a moment finds that it has come, at whatever fraction of a ms the machine was switched on", (t) => {
  const time = new ModelTime(instant(0));
  const machine = new EdgeMachine({ name: "e1", time, random: seededBytes(1, "disk"), power: () => {} });
  let early = 0;
  let late = 0;
  // 24 bytes a ms at 230,400 baud: what arrives ends at a 24th of a ms.
  for (let boot = 1; boot < 2_000; boot += 1) {
    time.passTo(monotonic(Math.max(time.now(), (boot * 1_000_003) / 24)));
    const life = machine.boot();
    const { monotonic: counted } = machine.clockFor(life);
    const shown = monotonic((boot * 7_919) / 24);
    const at: Monotonic = machine.momentOf(shown);
    time.passTo(at);
    if (counted() < shown) early += 1;
    if (counted() - shown > 0.01) late += 1;
    machine.powerLost();
  }
  t.same({ early, late }, { early: 0, late: 0 });
  t.end();
});
