/**
 * Each fault of a board, and its symptom through the whole loop: during it the exit button opens within 100 ms wherever
 * there is power, and nobody gets in by it; after it everything is as before, and it is told what happened.
 */
import t, { test } from "tap";
import { lineOf } from "../transcript.ts";
import { rehearse, rehearsed, told, type Written } from "./faults.rig.ts";

// Model time costs real work: on a busy machine a file takes longer than the usual 30 s.
t.setTimeout(240_000);

interface Row {
  readonly fault: Readonly<Record<string, unknown>>;
  /** What is told of the door, beside the plain day. */
  readonly symptom: RegExp;
  readonly rex: "opens" | "no power";
  /** What becomes of the right code that was typed during it. */
  readonly code: RegExp;
}

const OPENS = /^10:00:31 front granted\n10:00:31 front unlocked$/m;
const ROWS: readonly Row[] = [
  // Of the key that is down nothing more is heard: 27493 is left of the first code, and the second has none of it.
  { fault: { fault: "stuck-key", key: "6" }, symptom: /wrong-length/, rex: "opens", code: /^10:00:31 front denied/m },
  { fault: { fault: "stuck-key", key: "#" }, symptom: /front fault/, rex: "opens", code: /^(?!.*front granted)/s },
  { fault: { fault: "bouncing-keys" }, symptom: /unknown-code/, rex: "opens", code: OPENS },
  {
    fault: { fault: "bouncing-keys", times: 2, spacing: "30ms" },
    symptom: /wrong-length/,
    rex: "opens",
    code: /^10:00:31 front denied/m,
  },
  { fault: { fault: "contact-chatter", every: "400ms" }, symptom: /front forced/, rex: "opens", code: /front granted/ },
  { fault: { fault: "strike-jam" }, symptom: /front error/, rex: "opens", code: /front not-taken/ },
  { fault: { fault: "tamper" }, symptom: /^10:00:00 front tamper$/m, rex: "opens", code: OPENS },
  { fault: { fault: "weak-supply" }, symptom: /front hardware-fault/, rex: "no power", code: /front granted/ },
  { fault: { fault: "power-cut" }, symptom: /front offline/, rex: "no power", code: /^(?!.*front granted)/s },
  {
    fault: { fault: "power-cut", when: "before" },
    symptom: /front offline/,
    rex: "no power",
    code: /^(?!.*front granted)/s,
  },
  {
    fault: { fault: "power-cut", step: "answer", nth: 20, when: "before", sent: 4 },
    symptom: /^10:00:0\d front offline$/m,
    rex: "no power",
    code: /^(?!.*front granted)/s,
  },
];

const DAY: readonly Written[] = [
  { at: "10:00:20", rex: true, door: "front" },
  { at: "10:00:30", press: "274936#", door: "front" },
  { at: "10:00:34", contact: "open", door: "front" },
  { at: "10:00:36", contact: "closed", door: "front" },
  { at: "10:00:50", press: "111111#", door: "front" },
  { at: "10:01:20", press: "274936#", door: "front" },
  { at: "10:02:00", end: true },
];

for (const { fault, symptom, rex, code } of ROWS) {
  test(JSON.stringify(fault), (t) => {
    const world = rehearsed([{ at: "10:00:00", ...fault, door: "front", for: "60s" }, ...DAY]);
    const events = world.events;
    const lines = told(events);
    const during = lines.slice(
      0,
      lines.findLastIndex((line) => line.endsWith("front fault")),
    );
    t.match(during.join("\n"), symptom, "it takes effect");
    t.match(during.join("\n"), code, "the right code");
    const opened = events.filter(({ at, event }) => event === "unlocked" && secondsOf(at) < 60);
    const within = opened.filter(({ at }) => secondsOf(at) >= 20 && secondsOf(at) <= 20.1);
    t.equal(within.length, rex === "opens" ? 1 : 0, "the exit button opens within 100 ms");
    const granted = during.filter((line) => line.endsWith("front granted")).length;
    t.ok(opened.length <= within.length + granted, "nothing else opens");
    t.ok(lines.includes("10:01:21 front granted") && lines.includes("10:01:21 front unlocked"), "healed");
    t.equal(lines.filter((line) => line.endsWith("front fault")).length, 2, "its begin and its end are told");
    const records = world.authority.records(0, 1_000);
    t.same(
      records.map(({ record }) => record.seq),
      records.map((_, place) => place + 1),
      "every record has reached the authority",
    );
    t.end();
  });
}

/** Of the minute in which a fault began. */
function secondsOf(at: number): number {
  return (at - Date.parse("2026-12-01T10:00:00Z")) / 1_000;
}

test("a jammed strike: whoever was granted does not get through, and whoever breaks in is told", (t) => {
  const lines = told(
    rehearse([
      { at: "10:00:00", fault: "strike-jam", door: "front" },
      { at: "10:00:10", press: "274936#", door: "front" },
      { at: "10:00:14", contact: "open", door: "front" },
      { at: "10:00:30", contact: "open", door: "front" },
      { at: "10:00:40", contact: "closed", door: "front" },
    ]),
  );
  t.same(lines, [
    "10:00:00 front fault",
    "10:00:11 front granted",
    "10:00:11 front unlocked",
    "10:00:14 front error",
    "10:00:16 front locked",
    "10:00:17 front not-taken",
    "10:00:30 front forced",
    "10:00:40 front closed",
  ]);
  t.end();
});

test("a brown-out locks a released door at once; the Controller is back by itself, and its start is on record", (t) => {
  const world = rehearsed([
    { at: "10:00:10", press: "274936#", door: "front" },
    { at: "10:00:13", fault: "brown-out", door: "front", length: "300ms" },
    { at: "10:00:14", rex: true, door: "front" },
    { at: "10:00:30", end: true },
  ]);
  t.same(told(world.events, ["fault", "granted", "unlocked", "locked", "rex"]), [
    "10:00:11 front granted",
    "10:00:11 front unlocked",
    "10:00:13 front locked",
    "10:00:13 front fault",
    "10:00:14 front unlocked",
    "10:00:14 front rex",
    "10:00:19 front locked",
  ]);
  const boots = world.authority
    .records(0, 1_000)
    .filter(({ record }) => record.door === "front" && record.event === "controller-boot");
  t.equal(boots.length, 2, "of the first line, and of the brown-out");
  t.end();
});

test("a board without power has none to lose, and gets none back by a brown-out", (t) => {
  const lines = told(
    rehearse([
      { at: "10:00:00", power: "off", unit: "controller", door: "front" },
      { at: "10:00:10", fault: "brown-out", door: "front" },
      { at: "10:00:20", rex: true, door: "front" },
    ]),
    ["fault", "error", "unlocked"],
  );
  t.same(lines, ["10:00:10 front error"]);
  t.end();
});

test("power cut as the relay of a grant moves: the grant stands on record, once, and the door stays shut", (t) => {
  for (const when of ["before", "after"]) {
    const lines = told(
      rehearse([
        { at: "10:00:00", fault: "power-cut", when, door: "front", for: "20s" },
        { at: "10:00:10", press: "274936#", door: "front" },
        { at: "10:01:00", press: "274936#", door: "front" },
      ]),
      ["fault", "granted", "unlocked", "locked"],
    );
    t.same(lines, [
      "10:00:00 front fault",
      "10:00:11 front granted",
      "10:00:20 front fault",
      "10:01:01 front granted",
      "10:01:01 front unlocked",
      "10:01:06 front locked",
    ]);
  }
  t.end();
});

test("what a skipped stretch prints is what every poll prints, also with faults of boards", (t) => {
  const day: readonly Written[] = [
    { at: "10:00:00", fault: "weak-supply", door: "front", for: "2m" },
    { at: "10:00:00", fault: "power-cut", step: "answer", nth: 400, door: "back", for: "90s" },
    { at: "10:01:00", fault: "strike-jam", door: "front", for: "1m" },
    { at: "10:01:00", rex: true, door: "front" },
    { at: "10:02:00", press: "274936#", door: "back" },
    { at: "10:02:00", fault: "stuck-key", door: "front", for: "2s" },
    { at: "10:02:20", fault: "contact-chatter", door: "front", for: "2s" },
    { at: "10:02:40", fault: "brown-out", length: "10s", door: "back" },
    { at: "10:04:00", press: "274936#", door: "front" },
    { at: "10:05:00", end: true },
  ];
  const [skipped, polled] = [true, false].map((skip) => rehearse(day, { skip }).map(lineOf));
  t.same(skipped, polled);
  t.ok(skipped!.length > 15, `${skipped!.length} lines`);
  t.end();
});
