/** A rehearsed edge, recorded and replayed: the same outputs at the same times, and not a digit in what was written. */
import { RecordedBox } from "@lintel/edge/box/recording-box.ts";
import { type Life, readRecording } from "@lintel/edge/box/recording-read.ts";
import { type ReplayedTurn, replayLife } from "@lintel/edge/box/recording-replay.ts";
import { Tape } from "@lintel/edge/box/recording-tape.ts";
import { readSite } from "@lintel/edge/site/read.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import fc from "fast-check";
import t, { test } from "tap";
import { formsOfDigits, found } from "../../test/support/digits-search.rig.ts";
import { Rehearsal, runScript } from "./rehearsal.ts";
import { readScript } from "./script.ts";

// Model time costs real work: on a busy machine a file takes longer than the usual 30 s.
t.setTimeout(240_000);

const PINS = ["274936", "385047", "618340", "904152"];
const UNKNOWN = "593817";

const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 38400 } ]
doors:
  - { id: front, controller: { bus: b1, address: 0 }, contact: { input: 0 }, rex: { input: 1 }, masterCode: "904152" }
  - { id: back, controller: { bus: b1, address: 1 }, codeEntry: { autoSubmit: true } }
users: [ { id: u1, name: Ann } ]
keys:
  - { id: k1, user: u1, doors: all, restriction: none, pin: "274936", duressPin: "618340" }
  - { id: k2, user: u1, doors: [front], restriction: one-time, pin: "385047" }
  - { id: k3, user: u1, doors: [front], restriction: none,
      otp: { type: hotp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ, slot: "42" } }
`;
/** What the token of k3 shows at the counters 0 and 1 (RFC 4226, Appendix D). */
const SHOWN = ["755224", "287082"];

type Written = { readonly at: number } & Readonly<Record<string, unknown>>;

/** `at` is in ms after ten o'clock. */
function record(steps: readonly Written[], seed = 1): string {
  const read = readSite(SITE);
  if (read.site === null) throw new Error(JSON.stringify(read.problems));
  const { site } = read;
  const began = Date.UTC(2026, 11, 1, 10);
  const text = steps.map((step) => JSON.stringify({ ...step, at: new Date(began + step.at).toISOString() })).join("\n");
  const script = readScript(text, {
    doors: new Set(site.doors.map(({ id }) => id)),
    faults: new Map(),
    instantOf: (at) => instant(Date.parse(at)),
  });
  if (!script.ok) throw new Error(JSON.stringify(script.error));
  const lines: string[] = [];
  const write = (line: string) => lines.push(line) > 0;
  const rehearsal = new Rehearsal({
    site,
    seed,
    begin: script.value[0]!.at,
    readFile: () => ({ ok: false, why: "none" }),
    makeBox: (ports, settings) => new RecordedBox(ports, settings, new Tape({ tzdata: null, write })),
  });
  runScript(rehearsal, script.value);
  return `${lines.join("\n")}\n`;
}

function livesOf(text: string): readonly Life[] {
  const lives = readRecording(text);
  if (!lives.ok) throw new Error(JSON.stringify(lives.error));
  return lives.value;
}

function replay(text: string): readonly ReplayedTurn[] {
  return livesOf(text).flatMap((life) => [...replayLife(life)]);
}

/** `event` of the records that were told, in order. */
function recordsOf(turns: readonly ReplayedTurn[]): readonly string[] {
  return turns.flatMap(({ out }) =>
    out.flatMap((output) => {
      const told = output.told as { event: string; record?: { event: string; key: string | null } } | undefined;
      return told?.record === undefined ? [] : [`${told.record.event} ${told.record.key ?? ""}`.trim()];
    }),
  );
}

const DAY: readonly Written[] = [
  { at: 0, press: "274936#", door: "front" },
  { at: 4_000, contact: "open", door: "front" },
  { at: 10_000, contact: "closed", door: "front" },
  { at: 60_000, press: `${UNKNOWN}#`, door: "front" },
  { at: 70_000, press: "27*385047#", door: "front" },
  { at: 80_000, press: "385047#", door: "front" },
  { at: 90_000, press: `42${SHOWN[0]}#`, door: "front" },
  { at: 100_000, press: `42${SHOWN[0]}#`, door: "front" },
  { at: 110_000, press: "618340", door: "back" },
  { at: 120_000, authority: "off" },
  { at: 180_000, power: "off", unit: "edge", door: "front" },
  { at: 200_000, rex: true, door: "front" },
  { at: 240_000, power: "on", unit: "edge", door: "front" },
  { at: 300_000, authority: "on" },
  { at: 360_000, press: `42${SHOWN[1]}#`, door: "front" },
  { at: 380_000, press: "904152#", door: "front" },
  { at: 400_000, press: `${UNKNOWN}#`, door: "front" },
];

test("a day with everything in it is replayed to the same outputs at the same times", (t) => {
  const text = record(DAY);
  const turns = replay(text);
  t.equal(turns.find(({ difference }) => difference !== null)?.difference ?? null, null);
  const told = recordsOf(turns);
  t.same(
    told.filter((event) => /^(granted|denied|rex|edge-started|adopted|paired)/.test(event)),
    [
      "edge-started",
      "adopted",
      "paired",
      "paired",
      "granted k1",
      "denied",
      "granted k2",
      "denied k2",
      "granted k3",
      "denied",
      "granted k1",
      "edge-started",
      "rex",
      "granted k3",
      "granted",
      "denied",
    ],
  );
  t.equal(livesOf(text).length, 2, "the power cut ended one life");
  t.end();
});

test("neither a digit of a code nor a key stands in it, in any form", (t) => {
  const text = Buffer.from(record(DAY));
  for (const digits of [...PINS, UNKNOWN, ...SHOWN, "42755224"]) {
    t.same(found(formsOfDigits(digits), text), [], `${digits} is nowhere`);
  }
  t.same(found(formsOfDigits("274936"), Buffer.concat([text, Buffer.from('"274936"')])), ["text"], "it would be found");
  t.end();
});

test("one code has one token, of its own length; what was cleared has none", (t) => {
  const codes = livesOf(record(DAY)).map(({ turns }) => turns.flatMap(({ turn }) => turn.codes ?? []));
  const [first] = codes;
  t.same(
    first!.map(({ code, at }) => [code.length, at]),
    [
      [6, 0],
      [6, 6],
      [6, 14],
      [6, 20],
      [8, 26],
      [8, 34],
      [6, 0],
    ],
  );
  t.equal(first![2]!.code, first![3]!.code, "the same code, the same token");
  t.equal(first![4]!.code, first![5]!.code);
  t.equal(new Set(first!.map(({ code }) => code)).size, 5, "other codes, other tokens");
  t.same(first![4]!.shown, [["k3", 0]]);
  t.end();
});

test("a recording that is cut off anywhere is replayed as far as it goes", (t) => {
  const text = record(DAY.slice(0, 5));
  const whole = replay(text);
  const end = text.indexOf("\n", Math.floor(text.length * 0.7)) + 1;
  for (const cut of [end, end + 1, end + 40]) {
    const part = replay(text.slice(0, cut));
    t.ok(part.length > 10 && part.length < whole.length);
    // An entry that the file does not complete has no token: it may differ there, and only there.
    t.same(
      part.map(({ out }) => out),
      whole.slice(0, part.length).map(({ out }) => out),
    );
  }
  t.end();
});

test("what was changed in it shows at its turn", (t) => {
  const text = record(DAY.slice(0, 2));
  const granted = text.replace('"event":"granted"', '"event":"denied"');
  t.not(granted, text);
  const differing = replay(granted).filter(({ difference }) => difference !== null);
  t.equal(differing.length, 1);
  t.match(differing[0]!.difference, {
    recorded: { told: { record: { event: "denied" } } },
    replayed: { told: { record: { event: "granted" } } },
  });
  t.end();
});

const KEYS = fc.array(fc.constantFrom(...PINS, UNKNOWN, `42${SHOWN[0]}`, "1", "27", "*", "#", "#", "*#"), {
  minLength: 1,
  maxLength: 4,
});
const STEP = fc.record({
  wait: fc.integer({ min: 0, max: 40_000 }),
  door: fc.constantFrom("front", "back"),
  step: fc.oneof(
    { weight: 6, arbitrary: KEYS.map((keys) => ({ press: keys.join("") })) },
    { weight: 1, arbitrary: fc.constantFrom("open", "closed").map((contact) => ({ contact })) },
    { weight: 1, arbitrary: fc.constant({ rex: true }) },
    {
      weight: 1,
      arbitrary: fc.record({ unit: fc.constantFrom("edge", "controller"), power: fc.constantFrom("off", "on") }),
    },
    { weight: 1, arbitrary: fc.constantFrom("off", "on").map((authority) => ({ authority })) },
    { weight: 1, arbitrary: fc.constant({ clock: "unknown" }) },
    { weight: 1, arbitrary: fc.constantFrom("unlock", "lock").map((override) => ({ override, until: "period-end" })) },
  ),
});

test("whatever happens, it is replayed to the same outputs", (t) => {
  let granted = 0;
  fc.assert(
    fc.property(fc.array(STEP, { minLength: 3, maxLength: 12 }), fc.integer({ min: 1, max: 99 }), (drawn, seed) => {
      let at = 0;
      const steps = drawn.map(({ wait, door, step }) => {
        at += wait;
        const of = "authority" in step || "clock" in step ? {} : { door };
        return { at, ...of, ...step };
      });
      const turns = replay(record([{ at: 0, press: "274936#", door: "front" }, ...steps], seed));
      granted += recordsOf(turns).filter((event) => event.startsWith("granted")).length;
      const differing = turns.find(({ difference }) => difference !== null);
      if (differing !== undefined) throw new Error(JSON.stringify(differing));
    }),
    { numRuns: Number(process.env.LINTEL_RUNS ?? 8) },
  );
  t.ok(granted > 8, "the runs were not empty ones");
  t.end();
});
