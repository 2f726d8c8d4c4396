/** The firmware's own tests once more, with a real board's pins, johnny-five and a recording board under it. */
import { usePins } from "@lintel/firmware-sim/controller/controller.rig.ts";
import { test } from "tap";
import { BoardUnderTest, wiringFor } from "./board-under-test.rig.ts";

let boards = 0;
usePins((size, clock) => {
  boards += 1;
  return new BoardUnderTest(wiringFor(size), clock);
});

await import("@lintel/firmware-sim/controller/controller.test.ts");

test("the firmware's tests ran on boards", (t) => {
  t.ok(boards > 50, `${boards} boards were wired`);
  t.end();
});
