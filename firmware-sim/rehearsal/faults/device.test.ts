/** Each fault of a line or a Controller, and its symptom through the whole loop. */
import t, { test } from "tap";
import { rehearse, told } from "./faults.rig.ts";

// Model time costs real work: on a busy machine a file takes longer than the usual 30 s.
t.setTimeout(240_000);

const LINKS = ["fault", "offline", "online", "granted", "error"];

test("a cut cable: every door of the line is offline, and back by itself", (t) => {
  const events = rehearse([
    { at: "10:00:00", fault: "cable-cut", door: "front", for: "30s" },
    { at: "10:00:40", press: "274936#", door: "back" },
  ]);
  t.match(
    told(events, LINKS).join("\n"),
    /10:00:00 front fault\n10:00:0. (front|back) offline\n10:00:0. (front|back) offline\n10:00:30 front fault/,
  );
  t.ok(told(events, LINKS).includes("10:00:41 back granted"), told(events, LINKS).join("\n"));
  t.end();
});

test("a plug that is out: that door alone is offline", (t) => {
  const events = told(
    rehearse([
      { at: "10:00:00", fault: "plug-out", door: "front" },
      { at: "10:00:20", press: "274936#", door: "back" },
      { at: "10:01:00", fault: "plug-out", door: "front", off: true },
      { at: "10:02:00", fault: "plug-out", door: "front", off: true },
    ]),
    LINKS,
  );
  t.match(
    events.join("\n"),
    /^10:00:00 front fault\n10:00:0. front offline\n10:00:21 back granted\n10:01:00 front fault\n10:01:.. front online\n10:02:00 front error$/,
  );
  t.end();
});

test("an open housing is told, and so is that it was closed again", (t) => {
  const events = rehearse([{ at: "10:00:00", fault: "tamper", door: "front", for: "5s" }]);
  t.same(told(events), [
    "10:00:00 front fault",
    "10:00:00 front tamper",
    "10:00:05 front fault",
    "10:00:05 front tamper-cleared",
  ]);
  t.end();
});
