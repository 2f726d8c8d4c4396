/**
 * Each fault of a line, and its symptom through the whole loop: during it the exit button opens and no wrong code does, a
 * right one opens where it gets through; after it everything is as before.
 */
import t, { test } from "tap";
import { rehearse, rehearsed, told, type Written } from "./faults.rig.ts";

// Model time costs real work: on a busy machine a file takes longer than the usual 30 s.
t.setTimeout(240_000);

/** What a code did that was typed at a door while the fault stood. */
type Typed = "opens" | "nothing";

interface Row {
  readonly fault: Readonly<Record<string, unknown>>;
  /** A symptom that would not be there without it: told at the door, or what becomes of a wrong code. */
  readonly symptom: RegExp;
  readonly front: Typed;
  readonly back: Typed;
}

const OFFLINE = /^10:00:0\d front offline$/m;
const ROWS: readonly Row[] = [
  { fault: { fault: "byte-loss", rate: 0.005 }, symptom: /front bus-alarm/, front: "opens", back: "opens" },
  { fault: { fault: "byte-loss", rate: 1 }, symptom: OFFLINE, front: "nothing", back: "nothing" },
  {
    fault: { fault: "noise", every: "200ms", length: "20ms" },
    symptom: /front bus-alarm/,
    front: "opens",
    back: "opens",
  },
  { fault: { fault: "cable-cut" }, symptom: OFFLINE, front: "nothing", back: "nothing" },
  { fault: { fault: "plug-out" }, symptom: OFFLINE, front: "nothing", back: "opens" },
  { fault: { fault: "swapped-wires" }, symptom: OFFLINE, front: "nothing", back: "opens" },
  { fault: { fault: "wrong-baud" }, symptom: OFFLINE, front: "nothing", back: "opens" },
  // Each answer comes to a question behind it: for a while repeated ones keep the link up, until a session is wanted.
  { fault: { fault: "late-reply", by: "5s" }, symptom: /front offline/, front: "nothing", back: "opens" },
  { fault: { fault: "twin-address", key: "none" }, symptom: OFFLINE, front: "nothing", back: "opens" },
  { fault: { fault: "twin-address", key: "other" }, symptom: OFFLINE, front: "nothing", back: "opens" },
  { fault: { fault: "twin-address", key: "same" }, symptom: OFFLINE, front: "nothing", back: "opens" },
];

const DAY: readonly Written[] = [
  { at: "10:00:20", rex: true, door: "front" },
  { at: "10:00:30", press: "274936#", door: "front" },
  { at: "10:00:35", press: "274936#", door: "back" },
  { at: "10:00:45", press: "111111#", door: "front" },
  { at: "10:01:20", press: "274936#", door: "front" },
  { at: "10:02:00", end: true },
];

for (const { fault, symptom, front, back } of ROWS) {
  test(JSON.stringify(fault), (t) => {
    const world = rehearsed([{ at: "10:00:00", ...fault, door: "front", for: "60s" }, ...DAY]);
    const lines = told(world.events);
    const during = lines.slice(
      0,
      lines.findLastIndex((line) => line.endsWith("front fault")),
    );
    t.match(during.join("\n"), symptom, "it takes effect");
    const opened = during.filter((line) => line.endsWith("unlocked"));
    const first = world.events.find(({ event }) => event === "unlocked")!.at - Date.parse("2026-12-01T10:00:20Z");
    t.ok(first >= 0 && first <= 100, `the exit button opens within 100 ms: ${first}`);
    const granted = (door: string) => during.some((line) => line.endsWith(`${door} granted`));
    t.same(
      { front: granted("front") ? "opens" : "nothing", back: granted("back") ? "opens" : "nothing" },
      { front, back },
    );
    t.equal(opened.length, 1 + during.filter((line) => line.endsWith("granted")).length, "nothing else opens");
    t.ok(lines.includes("10:01:21 front granted") && lines.includes("10:01:21 front unlocked"), "healed");
    const seqs = world.authority.records(0, 1_000).map(({ record }) => record.seq);
    t.same(
      seqs,
      seqs.map((_, place) => place + 1),
      "every record has reached the authority",
    );
    t.ok(
      lines.some((line) => line.endsWith("front rex")),
      "the exit is on record",
    );
    t.end();
  });
}

test("the edge does not forget a keypress whose answer is late, or lost, and never types it twice", (t) => {
  const lines = told(
    rehearse([{ at: "10:00:00", fault: "late-reply", door: "front", by: "250ms", for: "60s" }, ...DAY]),
    ["granted", "denied", "offline", "error"],
  );
  t.same(
    lines.map((line) => line.slice(9)),
    ["front granted", "back granted", "front denied unknown-code", "front granted"],
  );
  t.end();
});

test("a fault that this line or this place cannot have is an error, and nothing changes", (t) => {
  const lines = told(
    rehearse([
      { at: "10:00:00", fault: "wrong-baud", door: "front", baud: "38400" },
      { at: "10:00:20", press: "274936#", door: "front" },
    ]),
    ["fault", "error", "granted", "offline"],
  );
  t.same(lines, ["10:00:00 front error", "10:00:21 front granted"]);
  t.end();
});
