/** What the bench measures of a building is a building that is polled. */
import { test } from "tap";
import { building } from "./sealed.ts";

test("64 Controllers on 8 lines are polled 20 times a second each, and nothing else goes on", (t) => {
  const { cpu, polls } = building(2);
  t.equal(cpu.length, 2);
  t.ok(polls > 2 * 64 * 18 && polls <= 2 * 64 * 20, `${polls} polls`);
  t.end();
});
