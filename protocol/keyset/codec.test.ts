/** A keyset as bytes and back. Every change of the bytes is refused, or is another valid keyset and never the same. */
import fc from "fast-check";
import { test } from "tap";
import { equalBytes } from "../base/bytes.ts";
import { decodeCbor, encodeCbor } from "../base/cbor.ts";
import { instant, millis } from "../base/units.ts";
import { decodeKeyset, encodeKeyset } from "./codec.ts";
import type { Keyset } from "./keyset.ts";
import { LIMITS } from "./limits.ts";

const door: Keyset["doors"][number] = {
  id: "front",
  name: "Front door",
  timezone: "America/New_York",
  controller: { bus: "b1", address: 0 },
  strike: { output: 0, release: millis(5000), extendedRelease: millis(15_000), fail: "secure" },
  contact: 0,
  rex: 1,
  fireRelease: null,
  heldOpenAfter: millis(30_000),
  preAlarm: millis(0),
  mode: "normal",
  codeEntry: { submit: ["#"], clear: ["*"], autoSubmit: false, timeout: millis(10_000) },
  keypadGroup: null,
  interlock: [],
  giveBack: false,
  clockUnknown: "deny",
  businessHours: {
    windows: [{ days: 31, from: 540, length: 480 }],
    firstIn: { required: true, grace: millis(1_800_000), who: "admins" },
  },
  withheld: [],
};

const key: Keyset["keys"][number] = {
  id: "k1",
  issue: 1,
  user: "u1",
  doors: ["front"],
  enabled: true,
  role: "user",
  kind: "staff",
  restrictions: [
    { kind: "scheduled", schedules: ["nights"], windows: [{ days: 1, from: 0, length: 1440 }] },
    { kind: "one-time" },
    { kind: "uses", uses: 3 },
    { kind: "after-first-use", length: millis(1_800_000) },
  ],
  validFrom: "2026-12-01T14:00:00",
  validUntil: null,
  remote: false,
  extended: true,
  withheld: ["duressPin"],
};

const whole: Keyset = {
  site: "hq",
  siteName: "Head office",
  edge: "e1",
  number: 7,
  issuedAt: instant(1_796_000_000_000),
  buses: [{ id: "b1", port: "/dev/ttyUSB0", baud: 9600 }],
  doors: [
    door,
    {
      ...door,
      id: "back",
      businessHours: { ...door.businessHours!, firstIn: { required: false, grace: millis(0), who: ["u1"] } },
    },
    { ...door, id: "side", businessHours: null, interlock: ["front"], keypadGroup: "lobby", withheld: ["interlock"] },
  ],
  schedules: [{ id: "nights", windows: [{ days: 48, from: 1320, length: 480 }] }],
  holidays: [
    { id: "xmas", date: "2026-12-25", yearly: true, doors: ["front"], hours: "closed", access: "suspended" },
    {
      id: "eve",
      date: "2026-12-24",
      yearly: false,
      doors: [],
      hours: [{ from: 540, length: 240 }],
      access: "unchanged",
    },
  ],
  keys: [key, { ...key, id: "k2", restrictions: [], validFrom: null }],
  otps: [
    {
      key: "k1",
      type: "hotp",
      slot: "42",
      algorithm: "SHA256",
      period: 30,
      counter: 7,
      secret: new Uint8Array(60).fill(3),
    },
  ],
  codes: [
    { kind: "pin", index: new Uint8Array(16).fill(1), key: "k1" },
    { kind: "master", index: new Uint8Array(16).fill(2), door: "front" },
  ],
};
const bytes = encodeKeyset(whole);

test("a keyset is read as it was written", (t) => {
  t.same(decodeKeyset(bytes), { ok: true, value: whole });
  t.end();
});

test("one keyset has one spelling, whatever the order of its properties", (t) => {
  const turned = Object.fromEntries(Object.entries(whole).reverse()) as unknown as Keyset;
  t.ok(equalBytes(encodeKeyset(turned), bytes));
  t.end();
});

test("every beginning of it, and a byte too many, is refused", (t) => {
  for (let end = 0; end < bytes.length; end += 1)
    if (decodeKeyset(bytes.subarray(0, end)).ok) t.fail(`${end} of ${bytes.length} bytes were taken`);
  t.notOk(decodeKeyset(Uint8Array.of(...bytes, 0)).ok);
  t.end();
});

test("every flipped bit is refused, or read as the other keyset that it is", (t) => {
  let refused = 0;
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const hit = bytes.slice();
    hit[bit >> 3]! ^= 1 << (bit & 7);
    const read = decodeKeyset(hit);
    if (!read.ok) refused += 1;
    else if (!equalBytes(encodeKeyset(read.value), hit)) t.fail(`bit ${bit}: read and written differ`);
  }
  t.ok(refused > bytes.length, `${refused} of ${bytes.length * 8} refused`);
  t.end();
});

/** Each row changes one thing of the keyset as the wire holds it: [version, fields…]. */
// biome-ignore lint/suspicious/noExplicitAny: a wire value is reached into by position.
type Wire = any;
const refusals: readonly { name: string; change: (keyset: Wire) => void; error: object }[] = [
  { name: "another version", change: (k) => (k[0] = 3), error: { kind: "unknown-version" } },
  {
    name: "a field too many",
    change: (k) => k[1].push(0),
    error: { kind: "mismatch", path: "", expected: "12 fields" },
  },
  { name: "number 0", change: (k) => (k[1][3] = 0), error: { kind: "mismatch", path: "number" } },
  { name: "an id in upper case", change: (k) => (k[1][2] = "E1"), error: { kind: "mismatch", path: "edge" } },
  {
    name: "no day (d4.6)",
    change: (k) => (k[1][7][0][1][0][0] = 0),
    error: { kind: "mismatch", path: "schedules[0].windows[0].days" },
  },
  {
    name: "an eighth day",
    change: (k) => (k[1][7][0][1][0][0] = 128),
    error: { kind: "mismatch", path: "schedules[0].windows[0].days" },
  },
  {
    name: "25 hours",
    change: (k) => (k[1][7][0][1][0][2] = 1500),
    error: { kind: "mismatch", path: "schedules[0].windows[0].length" },
  },
  {
    name: "a day that does not exist",
    change: (k) => (k[1][8][0][1] = "2026-02-29"),
    error: { kind: "mismatch", path: "holidays[0].date" },
  },
  {
    name: "an unknown mode",
    change: (k) => (k[1][6][0][10] = "party"),
    error: { kind: "mismatch", path: "doors[0].mode" },
  },
  {
    name: "a release over 120 s",
    change: (k) => (k[1][6][0][4][1] = 120_001),
    error: { kind: "mismatch", path: "doors[0].strike.release" },
  },
  {
    name: "an unknown restriction",
    change: (k) => (k[1][9][0][7][1] = ["never"]),
    error: { kind: "mismatch", path: "keys[0].restrictions[1].kind" },
  },
  {
    name: "a restriction named after Object's own",
    change: (k) => (k[1][9][0][7][1] = ["toString"]),
    error: { kind: "mismatch", path: "keys[0].restrictions[1].kind" },
  },
  {
    name: "an index of 15 bytes",
    change: (k) => (k[1][10][0][1] = new Uint8Array(15)),
    error: { kind: "mismatch", path: "codes[0].index" },
  },
  {
    name: "two doors of one id",
    change: (k) => (k[1][6][1][0] = "front"),
    error: { kind: "inconsistent", path: "doors", id: "front" },
  },
  {
    name: "a key for a door that is not there",
    change: (k) => (k[1][9][0][3] = ["attic"]),
    error: { kind: "inconsistent", path: "keys.doors", id: "attic" },
  },
  {
    name: "a code of a key that is not there",
    change: (k) => (k[1][10][0][2] = "k9"),
    error: { kind: "inconsistent", path: "codes.key", id: "k9" },
  },
  {
    name: "a door on a bus that is not there",
    change: (k) => (k[1][6][0][3][0] = "b9"),
    error: { kind: "inconsistent", path: "doors.controller", id: "b9" },
  },
];

for (const { name, change, error } of refusals) {
  test(`refused: ${name}`, (t) => {
    const read = decodeCbor(bytes, { bytes: LIMITS.keysetBytes, depth: LIMITS.keysetDepth });
    if (!read.ok) throw new Error("the whole keyset decodes");
    const wire = structuredClone(read.value);
    change(wire);
    t.match(decodeKeyset(encodeCbor(wire)), { ok: false, error });
    t.end();
  });
}

test("no bytes at all make it throw", (t) => {
  let ran = 0;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      ran += 1;
      return decodeKeyset(noise).ok === false;
    }),
    { numRuns: 2000 },
  );
  t.ok(ran >= 2000);
  t.end();
});
