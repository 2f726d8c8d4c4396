/**
 * What holds for every keyset: restrictions only narrow, unions only widen, the next opening is the first, and no
 * keyset whatever makes the decision fail.
 */
import { type Instant, instant, millis } from "@lintel/protocol/base/units.ts";
import { type CLOCK_TRUSTS, KINDS, MODES, ROLES } from "@lintel/protocol/base/words.ts";
import type { Holiday, Keyset, KeysetDoor, KeysetKey, Restriction, Window } from "@lintel/protocol/keyset/keyset.ts";
import { attemptOf, indexOf, makeDoor, makeHoliday, makeKey, makeKeyset, usedBy } from "@lintel/test/support/access.ts";
import fc from "fast-check";
import { test } from "tap";
import { Temporal } from "temporal-polyfill";
import { decide, type Uses } from "./decide.ts";
import { holdKeyset } from "./hold.ts";
import { nextOpen } from "./next.ts";
import { sentence } from "./sentence.ts";

const ZONES = [
  "America/New_York",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Africa/Cairo",
  "America/Santiago",
  "Asia/Beirut",
  "Africa/Casablanca",
];
/** Half of all instants lie within two days of a change of some zone (d5.6). */
const CHANGES = [
  "2026-11-01T06:00Z",
  "2027-03-14T07:00Z",
  "2026-10-25T01:00Z",
  "2027-03-28T01:00Z",
  "2026-10-03T15:30Z",
  "2027-04-03T15:00Z",
  "2027-04-29T22:00Z",
  "2026-09-06T04:00Z",
  "2027-03-27T22:00Z",
  "2027-02-07T02:00Z",
  "2027-03-14T02:00Z",
].map((text) => Date.parse(text));

/** Nine times out of ten the ordinary, so that the other rules are reached. */
function mostly<T>(ordinary: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(ordinary) }, fc.constantFrom(...others));
}

const anyZone = fc.constantFrom(...ZONES);
const anyInstant = fc
  .oneof(
    fc.integer({ min: Date.UTC(2026, 8), max: Date.UTC(2027, 5) }),
    fc
      .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -172_800, max: 172_800 }))
      .map(([change, seconds]) => change + seconds * 1_000),
  )
  .map((ms) => instant(ms));
const anyWindow: fc.Arbitrary<Window> = fc.record({
  days: fc.integer({ min: 1, max: 127 }),
  from: fc.integer({ min: 0, max: 1_439 }),
  length: fc.oneof(fc.integer({ min: 1, max: 1_440 }), fc.integer({ min: 1, max: 120 })),
});
const anyWindows = fc.array(anyWindow, { minLength: 1, maxLength: 3 });
const anyDate = fc
  .integer({ min: Date.UTC(2026, 8), max: Date.UTC(2027, 5) })
  .map((ms) => new Date(ms).toISOString().slice(0, 10));
const anyWallTime = fc
  .integer({ min: Date.UTC(2026, 8), max: Date.UTC(2027, 5) })
  .map((ms) => new Date(ms).toISOString().slice(0, 19));
const anyRestriction: fc.Arbitrary<Restriction> = fc.oneof(
  fc.record({ kind: fc.constant("scheduled" as const), schedules: fc.constant([]), windows: anyWindows }),
  fc.constant({ kind: "one-time" as const }),
  fc.record({ kind: fc.constant("uses" as const), uses: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    kind: fc.constant("after-first-use" as const),
    length: fc.integer({ min: 60_000, max: 172_800_000 }).map(millis),
  }),
);
const anyHoliday: fc.Arbitrary<Holiday> = fc
  .record({ date: anyDate, yearly: fc.boolean(), access: fc.constantFrom("suspended", "unchanged") })
  .map((change) => makeHoliday(change as Partial<Holiday>));
const anyKey: fc.Arbitrary<KeysetKey> = fc
  .record({
    enabled: mostly(true, false),
    role: fc.constantFrom(...ROLES),
    kind: fc.constantFrom(...KINDS),
    restrictions: fc.array(anyRestriction, { maxLength: 3 }),
    validFrom: fc.option(anyWallTime, { freq: 1 }),
    validUntil: fc.option(anyWallTime, { freq: 1 }),
  })
  .map(makeKey);
const anyDoor: fc.Arbitrary<KeysetDoor> = fc
  .record({
    timezone: anyZone,
    mode: mostly("normal", "tour", "lockdown"),
    clockUnknown: fc.constantFrom("deny", "allow"),
  })
  .map((change) => makeDoor(change as Partial<KeysetDoor>));
const anyUses: fc.Arbitrary<Uses> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ count: 0, doors: [], firstAt: null }) },
  fc.record({
    count: fc.integer({ min: 1, max: 3 }),
    doors: fc.constantFrom(["front"], ["back"], ["front", "back"]),
    firstAt: anyInstant,
  }),
);
const anyClock = mostly<(typeof CLOCK_TRUSTS)[number]>("trusted", "holdover", "floor-only");

interface Setting {
  readonly keyset: Keyset;
  readonly at: Instant;
  readonly uses?: Uses;
  readonly clock?: (typeof CLOCK_TRUSTS)[number];
}

function opens({ keyset, at, uses, clock = "trusted" }: Setting): boolean {
  const view = usedBy(uses === undefined ? {} : { "k1/1": uses });
  return decide(holdKeyset(keyset), attemptOf({ at, clock }), view).outcome === "grant";
}

/** One door in a zone, one key that is restricted so. */
function restricted(
  timezone: string,
  restrictions: readonly Restriction[],
  schedules: Keyset["schedules"] = [],
): Keyset {
  return makeKeyset({ doors: [makeDoor({ timezone })], keys: [makeKey({ restrictions })], schedules });
}

const scheduled = (windows: readonly Window[]): Restriction => ({ kind: "scheduled", schedules: [], windows });

test("a union of windows allows what one of its members allows, and nothing else (d4.2)", (t) => {
  const answers = [0, 0];
  const rule = fc.property(anyZone, anyInstant, anyWindows, (timezone, at, windows) => {
    const whole = opens({ keyset: restricted(timezone, [scheduled(windows)]), at });
    const members = windows.map((window) => opens({ keyset: restricted(timezone, [scheduled([window])]), at }));
    answers[whole ? 1 : 0]! += 1;
    return whole === members.includes(true);
  });
  fc.assert(rule, { numRuns: 1_000 });
  t.ok(
    answers.every((count) => count > 100),
    `${answers} denied and granted`,
  );
  t.end();
});

test("windows say the same in a named schedule and in the key (Decision)", (t) => {
  const rule = fc.property(anyZone, anyInstant, anyWindows, (timezone, at, windows) => {
    const named: Restriction = { kind: "scheduled", schedules: ["s"], windows: [] };
    const inSchedule = restricted(timezone, [named], [{ id: "s", windows }]);
    return opens({ keyset: inSchedule, at }) === opens({ keyset: restricted(timezone, [scheduled(windows)]), at });
  });
  fc.assert(rule, { numRuns: 500 });
  t.pass("500 times");
  t.end();
});

test("a window split at any minute changes no answer (d4.3, d4.5)", (t) => {
  const answers = [0, 0];
  const rule = fc.property(anyZone, anyInstant, anyWindow, fc.nat(), (timezone, at, window, cut) => {
    fc.pre(window.length > 1);
    const first = 1 + (cut % (window.length - 1));
    const start = window.from + first;
    const days = start < 1_440 ? window.days : ((window.days << 1) & 127) | (window.days >> 6); // The day after.
    const rest = { days, from: start % 1_440, length: window.length - first };
    const whole = opens({ keyset: restricted(timezone, [scheduled([window])]), at });
    answers[whole ? 1 : 0]! += 1;
    return whole === opens({ keyset: restricted(timezone, [scheduled([{ ...window, length: first }, rest])]), at });
  });
  fc.assert(rule, { numRuns: 2_000 });
  t.ok(
    answers.every((count) => count >= 100),
    `${answers} denied and granted`,
  );
  t.end();
});

test("one more restriction never grants more, one less never less", (t) => {
  let narrowed = 0;
  const setting = fc.tuple(anyDoor, anyKey, anyInstant, anyUses, anyClock, fc.array(anyHoliday, { maxLength: 2 }));
  const rule = fc.property(setting, anyRestriction, ([door, key, at, uses, clock, holidays], more) => {
    const rest = { doors: [door], holidays };
    const wide = opens({ keyset: makeKeyset({ ...rest, keys: [{ ...key, enabled: true }] }), at, uses, clock });
    const restrictions = [...key.restrictions, more];
    const narrow = opens({
      keyset: makeKeyset({ ...rest, keys: [{ ...key, enabled: true, restrictions }] }),
      at,
      uses,
      clock,
    });
    if (wide && !narrow) narrowed += 1;
    return wide || !narrow;
  });
  fc.assert(rule, { numRuns: 3_000 });
  t.ok(narrowed > 50, `it made a difference ${narrowed} times`);
  t.end();
});

test("an edit that only narrows never grants more: limits, holidays, withheld fields, a stricter mode", (t) => {
  let narrowed = 0;
  const narrowings: readonly ((keyset: Keyset) => Keyset)[] = [
    (keyset) => changeKey(keyset, { validFrom: "2027-01-01T00:00:00" }),
    (keyset) => changeKey(keyset, { validUntil: "2027-01-01T00:00:00" }),
    (keyset) => changeKey(keyset, { enabled: false }),
    (keyset) => changeKey(keyset, { withheld: ["duressPin"] }),
    (keyset) => ({ ...keyset, holidays: [...keyset.holidays, makeHoliday({ date: "2026-11-01" })] }),
    (keyset) => ({ ...keyset, doors: keyset.doors.map((door) => ({ ...door, withheld: ["interlock"] })) }),
    (keyset) => ({ ...keyset, doors: keyset.doors.map((door) => ({ ...door, mode: "lockdown" as const })) }),
    (keyset) => ({ ...keyset, schedules: [] }),
  ];
  const plain = anyKey.map((key) => ({ ...key, enabled: true, validFrom: null, validUntil: null }));
  const rule = fc.property(plain, anyZone, anyInstant, fc.constantFrom(...narrowings), (key, timezone, at, narrow) => {
    const keyset = makeKeyset({ doors: [makeDoor({ timezone })], keys: [key] });
    const wide = opens({ keyset, at });
    const after = opens({ keyset: narrow(keyset), at });
    if (wide && !after) narrowed += 1;
    return wide || !after;
  });
  fc.assert(rule, { numRuns: 2_000 });
  t.ok(narrowed > 50, `it made a difference ${narrowed} times`);
  t.end();
});

function changeKey(keyset: Keyset, change: Partial<KeysetKey>): Keyset {
  return { ...keyset, keys: keyset.keys.map((key) => ({ ...key, ...change })) };
}

/** The rules of time once more, in the slow and readable words of Temporal; no stretches, no weeks (d4, d5). */
function slowlyOpens(keyset: Keyset, at: Instant): boolean {
  const [door] = keyset.doors as [KeysetDoor];
  const [key] = keyset.keys as [KeysetKey];
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(door.timezone);
  const plain = local.toPlainDateTime();
  const isBefore = (limit: string) => at < firstPass(limit, door.timezone);
  if (key.validFrom !== null && isBefore(key.validFrom)) return false;
  if (key.validUntil !== null && !isBefore(key.validUntil)) return false;
  const today = plain.toPlainDate();
  const suspended = keyset.holidays.some(({ date, yearly, access }) => {
    const first = Temporal.PlainDate.from(date);
    const falls =
      first.equals(today) || (yearly && sameDayOfYear(first, today) && Temporal.PlainDate.compare(first, today) < 0);
    return falls && access === "suspended";
  });
  if (suspended && key.role === "user") return false;
  return key.restrictions.every((restriction) => {
    if (restriction.kind !== "scheduled") return true;
    return restriction.windows.some((window) => slowlyInside(window, plain));
  });
}

function sameDayOfYear(a: Temporal.PlainDate, b: Temporal.PlainDate): boolean {
  return a.month === b.month && a.day === b.day;
}

function slowlyInside(window: Window, plain: Temporal.PlainDateTime): boolean {
  return [plain.toPlainDate(), plain.toPlainDate().subtract({ days: 1 })].some((day) => {
    if ((window.days & (1 << (day.dayOfWeek - 1))) === 0) return false;
    const start = day.toPlainDateTime({ hour: 0 }).add({ minutes: window.from });
    const end = start.add({ minutes: window.length });
    return Temporal.PlainDateTime.compare(plain, start) >= 0 && Temporal.PlainDateTime.compare(plain, end) < 0;
  });
}

/** In a gap: by trying second after second until the wall clock has reached it. */
function firstPass(text: string, zone: string): number {
  const wall = Temporal.PlainDateTime.from(text);
  const earlier = wall.toZonedDateTime(zone, { disambiguation: "earlier" });
  if (earlier.toPlainDateTime().equals(wall)) return earlier.epochMilliseconds;
  const later = wall.toZonedDateTime(zone, { disambiguation: "later" });
  const jump = earlier.getTimeZoneTransition("next");
  if (jump === null || jump.epochMilliseconds > later.epochMilliseconds) throw new Error(`no jump near ${text}`);
  return jump.epochMilliseconds;
}

test("a decision on time is the one of a slow twin that reads the rules with Temporal", (t) => {
  const answers = [0, 0];
  const anyTimes = fc.record({
    restrictions: fc.array(anyWindows.map(scheduled), { maxLength: 2 }),
    role: fc.constantFrom(...ROLES),
    validFrom: fc.option(anyWallTime, { freq: 1 }),
    validUntil: fc.option(anyWallTime, { freq: 1 }),
  });
  const holidays = fc.array(anyHoliday, { maxLength: 2 });
  const rule = fc.property(anyZone, anyInstant, anyTimes, holidays, (timezone, at, times, days) => {
    const keyset = makeKeyset({ doors: [makeDoor({ timezone })], keys: [makeKey(times)], holidays: days });
    const answer = opens({ keyset, at });
    answers[answer ? 1 : 0]! += 1;
    return answer === slowlyOpens(keyset, at);
  });
  fc.assert(rule, { numRuns: 3_000 });
  t.ok(
    answers.every((count) => count >= 100),
    `${answers} denied and granted`,
  );
  t.end();
});

test("the next opening is the first instant that is granted: minute by minute over two days", (t) => {
  const seen = { now: 0, later: 0, never: 0 };
  const setting = fc.tuple(anyDoor, anyKey, anyInstant, anyUses, anyClock, fc.array(anyHoliday, { maxLength: 3 }));
  const rule = fc.property(setting, ([door, key, at, uses, clock, holidays]) => {
    const held = holdKeyset(makeKeyset({ doors: [door], keys: [key], holidays }));
    const view = usedBy({ "k1/1": uses });
    const grants = (when: number) => decide(held, attemptOf({ at: instant(when), clock }), view).outcome === "grant";
    const next = nextOpen(held, attemptOf({ at, clock }), view);
    if (next !== null && (!grants(next) || next < at)) return false; // It does open then,
    if (next !== null && next > at && grants(next - 1)) return false; // and not a ms before,
    seen[next === null ? "never" : next === at ? "now" : "later"] += 1;
    const end = Math.min(next ?? Number.POSITIVE_INFINITY, at + 2 * 86_400_000);
    if (at < end && grants(at)) return false;
    for (let when = at - (at % 60_000) + 60_000; when < end; when += 60_000) if (grants(when)) return false; // nor earlier.
    return true;
  });
  fc.assert(rule, { numRuns: 200 });
  t.ok(
    Object.values(seen).every((count) => count >= 10),
    JSON.stringify(seen),
  );
  t.end();
});

test("two lists of short windows: closed at every minute until they meet, and at every minute of a week if they never do", (t) => {
  const seen = { later: 0, never: 0 };
  const narrow = fc.array(
    anyWindow.map((window) => ({
      ...window,
      days: window.days % 2 === 0 ? 127 : window.days,
      length: 1 + (window.length % 360),
    })),
    {
      minLength: 1,
      maxLength: 2,
    },
  );
  const rule = fc.property(anyZone, anyInstant, narrow, narrow, (timezone, at, left, right) => {
    const held = holdKeyset(restricted(timezone, [scheduled(left), scheduled(right)]));
    const next = nextOpen(held, attemptOf({ at }), usedBy({}));
    seen[next === null ? "never" : "later"] += 1;
    const end = next ?? at + 8 * 86_400_000; // Weekly windows: what does not open in eight days never does.
    for (let when = at - (at % 60_000) + 60_000; when < end; when += 60_000) {
      if (decide(held, attemptOf({ at: instant(when) }), usedBy({})).outcome === "grant") return false;
    }
    return true;
  });
  fc.assert(rule, { numRuns: 24 });
  t.ok(
    Object.values(seen).every((count) => count >= 3),
    JSON.stringify(seen),
  );
  t.end();
});

/** Any value at all where the types ask for a number or a text: what a broken keyset could hold. */
const broken = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 2 ** 53, 1e300),
);
const brokenText = fc.oneof(
  fc.string(),
  anyWallTime,
  anyDate,
  fc.constantFrom("9999-12-31T23:59:59", "0000-01-01T00:00:00"),
);
const brokenWindow = fc.oneof(anyWindow, fc.record({ days: broken, from: broken, length: broken }));
const anyDoorId = mostly("front", "back", "ghost", "");
const anyKeyId = mostly("k1", "k2", "ghost", "");
const brokenRestriction = fc.oneof(
  anyWindows.map(scheduled),
  fc.record({
    kind: fc.constant("scheduled"),
    schedules: fc.array(mostly("s", "ghost"), { maxLength: 3 }),
    windows: fc.array(brokenWindow, { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant("uses"), uses: broken }),
  fc.record({ kind: fc.constant("after-first-use"), length: broken }),
  fc.constant({ kind: "one-time" }),
);
const brokenKey = fc.record({
  ...Object.fromEntries(Object.entries(makeKey()).map(([name, value]) => [name, fc.constant(value)])),
  id: anyKeyId,
  issue: broken,
  doors: fc.array(anyDoorId, { maxLength: 3 }),
  kind: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...KINDS) }, fc.string()),
  restrictions: fc.array(brokenRestriction, { maxLength: 3 }),
  validFrom: fc.option(brokenText),
  validUntil: fc.option(brokenText),
});
const brokenDoor = fc
  .record({
    id: anyDoorId,
    name: fc.string(),
    timezone: fc.oneof({ weight: 4, arbitrary: anyZone }, fc.string()),
    mode: fc.oneof(
      { weight: 4, arbitrary: mostly<string>("normal", ...MODES) },
      fc.constantFrom("valueOf", "__proto__", ""),
    ),
  })
  .map((change) => makeDoor(change as Partial<KeysetDoor>));
const brokenKeyset = fc
  .record({
    doors: fc.array(brokenDoor, { maxLength: 3 }),
    keys: fc.array(brokenKey, { maxLength: 3 }),
    schedules: fc.array(fc.record({ id: mostly("s", ""), windows: fc.array(brokenWindow, { maxLength: 2 }) }), {
      maxLength: 2,
    }),
    holidays: fc.array(
      fc
        .record({ date: brokenText, doors: fc.array(anyDoorId, { maxLength: 2 }), yearly: fc.boolean() })
        .map(makeHoliday),
      { maxLength: 2 },
    ),
    codes: fc.array(
      fc.oneof(
        fc.record({ index: fc.constant(indexOf("x")), kind: fc.constant("pin"), key: anyKeyId }),
        fc.record({ index: fc.constant(indexOf("x")), kind: fc.constant("master"), door: anyDoorId }),
      ),
      { maxLength: 4 },
    ),
  })
  .map((change) => makeKeyset(change as unknown as Partial<Keyset>));

test("whatever the keyset holds: an answer, the same one each time, with a reason for every denial", (t) => {
  const seen = new Set<string>();
  const rule = fc.property(
    brokenKeyset,
    anyDoorId,
    fc.oneof(anyInstant, broken),
    anyClock,
    anyUses,
    (keyset, door, at, clock, uses) => {
      fc.pre(Number.isFinite(at)); // An Instant is finite: `instant` sees to it.
      const held = holdKeyset(keyset);
      const attempt = { ...attemptOf({ door, code: "x", clock }), at: at as Instant };
      const view = { otpNextOf: () => 0, usesOf: () => uses };
      const decision = decide(held, attempt, view);
      const next = nextOpen(held, attempt, view);
      const said = sentence(held, decision, attempt, next);
      for (const word of decision.outcome === "grant" ? ["grant"] : decision.reasons) seen.add(word);
      const granted = decision.outcome === "grant";
      const again = JSON.stringify(decide(holdKeyset(keyset), attempt, view));
      return (
        again === JSON.stringify(decision) &&
        granted === (decision.reasons.length === 0) &&
        granted === (decision.release !== null) &&
        granted === (next === at) &&
        said.endsWith(".") &&
        !said.includes("undefined")
      );
    },
  );
  fc.assert(rule, { numRuns: 2_000 });
  for (const word of ["grant", "unknown-code", "wrong-door", "mode-blocks", "outside-window"]) {
    t.ok(seen.has(word), word);
  }
  t.end();
});
