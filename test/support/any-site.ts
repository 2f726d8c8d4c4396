/** Any site without errors, for properties: every field takes every kind of value somewhere. */
import type { Json, Site, SiteCode, SiteDoor, SiteHoliday, SiteKey } from "@lintel/edge/site/site.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import { KINDS, MODES, ROLES } from "@lintel/protocol/base/words.ts";
import type { Restriction, Window } from "@lintel/protocol/keyset/keyset.ts";
import fc from "fast-check";

/** Ids as strange as the pattern allows: `0`, `-`, `1e5`, `true`, `null`, `---`. */
const strange = fc.constantFrom("0", "-", "1e5", "0x1f", "true", "null", "---", "012345", "no");
const id = fc.oneof(
  { weight: 1, arbitrary: strange },
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z0-9-]{1,12}$/) },
);
const name = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }),
    fc.constantFrom("12", "yes", "# no comment", "a: b", " two\nlines ", '"', "'", "- x", "{", "~", "274936", "é"),
  )
  .filter((text) => text.trim() !== "" && text.length <= 200);
const seconds = (min: number, max: number) => fc.integer({ min, max }).map((count) => millis(count * 1000));
const window: fc.Arbitrary<Window> = fc.record({
  days: fc.integer({ min: 1, max: 127 }),
  from: fc.integer({ min: 0, max: 1439 }),
  length: fc.integer({ min: 1, max: 1440 }),
});
/** One window, or one a day that ends with its day: none overlap. */
const windows: fc.Arbitrary<readonly Window[]> = fc.oneof(
  window.map((one) => [one]),
  fc
    .uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 })
    .map((days) => days.map((day) => ({ days: 1 << day, from: 540, length: 900 }))),
);
const json: fc.Arbitrary<Json> = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Json)
  .filter((value) => !JSON.stringify(value).includes('"__proto__"'));

const date = fc
  .tuple(fc.integer({ min: 1970, max: 9999 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .map(([year, month, day]) => [String(year), ...[month, day].map((n) => String(n).padStart(2, "0"))].join("-"));
const moment = fc.oneof(
  date,
  fc.tuple(date, fc.integer({ min: 0, max: 86_399 })).map(([day, second]) => {
    const at = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60];
    return `${day}T${at.map((n) => String(n).padStart(2, "0")).join(":")}`;
  }),
);

/** Codes of a site without two that are equal; some are `kept`, some are none. */
function codes(digits: readonly string[]): (choice: number) => SiteCode {
  let next = 0;
  return (choice) => {
    if (choice === 0) return null;
    if (choice === 1 || next >= digits.length) return "kept";
    next += 1;
    return new SecretText(digits[next - 1]!);
  };
}

const door = fc.record({
  name,
  timezone: fc.constantFrom("America/New_York", "Europe/Berlin", "UTC", "Australia/Lord_Howe"),
  output: fc.integer({ min: 0, max: 31 }),
  release: fc.integer({ min: 1, max: 60 }),
  extra: fc.integer({ min: 0, max: 60 }),
  fail: fc.constantFrom("secure" as const, "safe" as const),
  inputs: fc.uniqueArray(fc.integer({ min: 0, max: 31 }), { minLength: 3, maxLength: 3 }),
  fitted: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  heldOpenAfter: seconds(1, 86_400),
  preAlarm: seconds(0, 3600),
  master: fc.integer({ min: 0, max: 3 }),
  mode: fc.constantFrom(...MODES),
  submit: fc.constantFrom<readonly string[]>(["#"], ["#", "*"], ["*"]),
  autoSubmit: fc.boolean(),
  timeout: seconds(3, 10),
  giveBack: fc.boolean(),
  clockUnknown: fc.constantFrom("deny" as const, "allow" as const),
  bareCodes: fc.integer({ min: 100, max: 1_000_000 }),
  pairing: fc.boolean(),
  hours: fc.option(windows),
  required: fc.boolean(),
  grace: seconds(0, 43_200),
  group: fc.boolean(),
});

const restriction: fc.Arbitrary<Restriction> = fc.oneof(
  fc.constant<Restriction>({ kind: "one-time" }),
  fc.integer({ min: 1, max: 1_000_000 }).map((uses): Restriction => ({ kind: "uses", uses })),
  seconds(60, 172_800).map((length): Restriction => ({ kind: "after-first-use", length })),
  windows.map((own): Restriction => ({ kind: "scheduled", schedules: [], windows: own })),
  fc.constant<Restriction>({ kind: "scheduled", schedules: ["s"], windows: [] }),
  windows.map((own): Restriction => ({ kind: "scheduled", schedules: ["s"], windows: own })),
);

const key = fc.record({
  restrictions: fc.array(restriction, { maxLength: 3 }),
  all: fc.boolean(),
  role: fc.constantFrom(...ROLES),
  kind: fc.constantFrom(...KINDS),
  codes: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
  validFrom: fc.option(moment),
  validUntil: fc.option(moment),
  enabled: fc.boolean(),
  issue: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  remote: fc.boolean(),
  extended: fc.boolean(),
  otp: fc.option(
    fc.record({
      type: fc.constantFrom("totp" as const, "hotp" as const),
      kept: fc.boolean(),
      period: fc.integer({ min: 1, max: 3600 }),
      algorithm: fc.constantFrom("SHA1" as const, "SHA256" as const, "SHA512" as const),
      counter: fc.nat(),
    }),
  ),
});

const holiday = fc.record({
  date,
  yearly: fc.boolean(),
  all: fc.boolean(),
  hours: fc.oneof(
    fc.constantFrom("unchanged" as const, "closed" as const),
    window.map(({ from, length }) => [{ from, length }]),
  ),
  access: fc.constantFrom("unchanged" as const, "suspended" as const),
});

const user = fc.record({
  name,
  phone: fc.option(fc.stringMatching(/^\+[1-9]\d{6,14}$/)),
  email: fc.option(fc.constantFrom("desk@example.org", "a.b+c@mail.example")),
  kind: fc.constantFrom(...KINDS),
  language: fc.option(fc.constantFrom("en", "de", "pt-BR", "no")),
});

const ids = (max: number) => fc.uniqueArray(id, { minLength: 1, maxLength: max });

/** One edge, so that any restriction may stand with any doors; at most three doors on one bus. */
export const anySite: fc.Arbitrary<Site> = fc
  .record({
    head: fc.record({ id, name, country: fc.option(fc.constantFrom("US", "NO")) }),
    edge: id,
    bus: fc.record({ id, port: fc.constantFrom("sim", "/dev/ttyUSB0", "COM3"), baud: fc.constantFrom(9600, 115_200) }),
    doorIds: ids(3),
    doors: fc.array(door, { minLength: 3, maxLength: 3 }),
    userIds: ids(3),
    users: fc.array(user, { minLength: 3, maxLength: 3 }),
    keyIds: fc.uniqueArray(id, { maxLength: 4 }),
    keys: fc.array(key, { minLength: 4, maxLength: 4 }),
    holidayIds: fc.uniqueArray(id, { maxLength: 2 }),
    holidays: fc.array(holiday, { minLength: 2, maxLength: 2 }),
    scheduled: windows,
    groups: fc.array(json, { maxLength: 2 }),
    digits: fc.uniqueArray(fc.stringMatching(/^\d{6}$/), { minLength: 12, maxLength: 12 }),
  })
  .map((made): Site => {
    const code = codes(made.digits);
    const named = <T>(list: readonly string[], of: (id: string, at: number) => T) => list.map(of);
    const first = made.doorIds.slice(0, 1);
    return {
      site: { ...made.head, timezone: "America/New_York" },
      edges: [{ id: made.edge }],
      buses: [{ ...made.bus, edge: made.edge }],
      doors: named(made.doorIds, (each, at) => doorOf(each, at, made, code)),
      units: [{ id: "suite", name: "Suite 1", doors: first }],
      schedules: [{ id: "s", windows: made.scheduled }],
      holidays: named(made.holidayIds, (each, at): SiteHoliday => {
        const { all, ...rest } = made.holidays[at]!;
        return { id: each, ...rest, doors: all ? "all" : first };
      }),
      users: named(made.userIds, (each, at) => ({ id: each, ...made.users[at]! })),
      groups: made.groups,
      keys: named(made.keyIds, (each, at) => keyOf(each, at, made, code)),
    };
  });

interface Made {
  readonly bus: { readonly id: string };
  readonly doorIds: readonly string[];
  readonly userIds: readonly string[];
  readonly doors: readonly (typeof door extends fc.Arbitrary<infer T> ? T : never)[];
  readonly keys: readonly (typeof key extends fc.Arbitrary<infer T> ? T : never)[];
}

function doorOf(id: string, at: number, made: Made, code: (choice: number) => SiteCode): SiteDoor {
  const one = made.doors[at]!;
  const input = (place: number) => (one.fitted[place] ? one.inputs[place]! : null);
  const { name, timezone, heldOpenAfter, preAlarm, mode, autoSubmit, giveBack, clockUnknown, bareCodes } = one;
  return {
    id,
    name,
    timezone,
    controller: { bus: made.bus.id, address: at },
    strike: {
      output: one.output,
      release: millis(one.release * 1000),
      extendedRelease: millis((one.release + one.extra) * 1000),
      fail: one.fail,
    },
    contact: input(0),
    rex: input(1),
    fireRelease: input(2),
    heldOpenAfter,
    preAlarm,
    masterCode: code(one.master),
    mode,
    codeEntry: {
      submit: one.submit,
      clear: one.submit.includes("*") ? [] : ["*"],
      autoSubmit,
      timeout: one.timeout,
    },
    keypadGroup: one.group ? "lobby" : null,
    interlock: made.doorIds.filter((other) => other !== id && one.required).slice(0, 1),
    giveBack,
    clockUnknown,
    bareCodes,
    phones: { pairing: one.pairing },
    businessHours:
      one.hours === null
        ? null
        : {
            windows: one.hours,
            firstIn: { required: one.required, grace: one.grace, who: one.pairing ? "admins" : made.userIds },
          },
  };
}

function keyOf(id: string, at: number, made: Made, code: (choice: number) => SiteCode): SiteKey {
  const { all, codes: choices, otp, ...rest } = made.keys[at]!;
  return {
    id,
    user: made.userIds[at % made.userIds.length]!,
    doors: all ? "all" : made.doorIds.slice(0, 1 + (at % made.doorIds.length)),
    ...rest,
    pin: otp === null ? code(choices[0]) : null,
    duressPin: code(choices[1]),
    otp:
      otp === null
        ? null
        : {
            type: otp.type,
            secret: otp.kept ? "kept" : new SecretText("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            slot: null,
            digits: 6,
            period: otp.period,
            algorithm: otp.algorithm,
            counter: otp.counter,
          },
  };
}
