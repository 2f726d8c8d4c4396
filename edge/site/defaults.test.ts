/** A default that is written out is the same as one that is left out: for the site, and for what its edge gets (design 5.2). */
import { concat } from "@lintel/protocol/base/bytes.ts";
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import fc from "fast-check";
import { test } from "tap";
import { type Compiling, compileKeyset } from "./compile.ts";
import { readSite } from "./read.ts";
import type { Json, Site } from "./site.ts";

type Path = readonly (string | number)[];

/** JSON is YAML, so a site file can be put together as a value. Nothing in it that has a default. */
const BARE = {
  site: { id: "hq", timezone: "America/New_York" },
  edges: [{ id: "e1" }],
  buses: [{ id: "b1", edge: "e1", port: "sim" }],
  doors: [
    {
      id: "front",
      controller: { bus: "b1", address: 0 },
      businessHours: { windows: [{ days: "mon-fri", from: "09:00", to: "17:00" }] },
    },
    { id: "back", controller: { bus: "b1", address: 1 }, strike: {}, codeEntry: {}, phones: {} },
  ],
  units: [{ id: "suite", doors: ["front"] }],
  holidays: [{ id: "xmas", date: "2026-12-25" }],
  users: [{ id: "u1" }, { id: "u2", kind: "tour" }],
  keys: [
    { id: "k1", user: "u1", doors: "all", restriction: "none", pin: "274936" },
    { id: "k2", user: "u2", doors: ["front"], restriction: "one-time", pin: "618340" },
    {
      id: "k3",
      user: "u1",
      doors: ["front"],
      restriction: "none",
      otp: { type: "totp", secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" },
    },
  ],
} as const;

const DOOR: Readonly<Record<string, Json>> = {
  timezone: "America/New_York",
  heldOpenAfter: "30s",
  preAlarm: "10s",
  mode: "normal",
  interlock: [],
  giveBack: false,
  clockUnknown: "deny",
  bareCodes: 250,
};
const KEY: Readonly<Record<string, Json>> = {
  role: "user",
  enabled: true,
  issue: 1,
  remote: false,
  extended: false,
};

const of = (path: Path, fields: Readonly<Record<string, Json>>) =>
  Object.entries(fields).map(([field, value]) => ({ path: [...path, field], value }));

const DEFAULTS: readonly { readonly path: Path; readonly value: Json }[] = [
  ...of(["site"], { name: "hq" }),
  ...of(["buses", 0], { baud: 9600 }),
  ...of(["doors", 0], {
    ...DOOR,
    name: "front",
    strike: { output: 0, release: "5s", extendedRelease: "15s", fail: "secure" },
    codeEntry: { submit: ["#"], clear: ["*"], autoSubmit: false, timeout: "10s" },
    phones: { pairing: false },
  }),
  ...of(["doors", 0, "businessHours"], { firstIn: { required: true, grace: "30m", who: "admins" } }),
  ...of(["doors", 1], { ...DOOR, name: "back" }),
  ...of(["doors", 1, "strike"], { output: 0, release: "5s", extendedRelease: "15s", fail: "secure" }),
  ...of(["doors", 1, "codeEntry"], { submit: ["#"], clear: ["*"], autoSubmit: false, timeout: "10s" }),
  ...of(["doors", 1, "phones"], { pairing: false }),
  ...of(["units", 0], { name: "suite" }),
  ...of(["holidays", 0], { doors: "all", hours: "unchanged", access: "unchanged" }),
  ...of(["users", 0], { name: "u1", kind: "staff" }),
  ...of(["users", 1], { name: "u2" }),
  ...of(["keys", 0], { ...KEY, kind: "staff" }),
  ...of(["keys", 1], { ...KEY, kind: "tour" }), // Its user's.
  ...of(["keys", 2], { ...KEY, kind: "staff" }),
  ...of(["keys", 2, "otp"], { digits: 6, period: 30, algorithm: "SHA1", counter: 0 }),
  ...of([], { schedules: [], groups: [] }),
];

function written(defaults: typeof DEFAULTS): string {
  const file = structuredClone(BARE) as unknown as Record<string, unknown>;
  for (const { path, value } of defaults) {
    const place = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], file);
    (place as Record<string, unknown>)[path[path.length - 1]!] = value;
  }
  return JSON.stringify(file);
}

/** As text, the fields of every mapping by name: the file may name them in any order. Codes print as dots. */
function inOrder(site: Site): string {
  const byName = (_: string, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify(site, byName);
}

/** What the file means, as a site and as a keyset; there the digits stand in clear, so that they are compared as well. */
function meaningOf(text: string): { site: string; keyset: Keyset } {
  const { site, problems } = readSite(text);
  if (site === null) throw new Error(JSON.stringify(problems));
  const indexOf = (digits: SecretText) => digits.use((text) => new TextEncoder().encode(text.padEnd(16, ".")));
  const sealOtp: Compiling["sealOtp"] = ({ key, issue }, secret) =>
    secret.use((bytes) => concat(new TextEncoder().encode(`${key} ${issue} `), bytes));
  const with_ = { number: 1, issuedAt: instant(0), indexOf, sealOtp, codes: () => null };
  const keyset = compileKeyset(site, "e1", with_);
  if (!keyset.ok) throw new Error(keyset.error.kind);
  return { site: inOrder(site), keyset: keyset.value };
}

const bare = meaningOf(written([]));

for (const one of DEFAULTS)
  test(`${one.path.join(".")}: ${JSON.stringify(one.value)} written out is as if left out`, (t) => {
    t.same(meaningOf(written([one])), bare);
    t.end();
  });

test("so is any choice of them together, and all", (t) => {
  fc.assert(
    fc.property(fc.subarray([...DEFAULTS]), (some) => {
      t.same(meaningOf(written(some)), bare);
    }),
    { numRuns: 100 },
  );
  t.same(meaningOf(written(DEFAULTS)), bare);
  t.end();
});

test("what is written out and is no default does make a difference", (t) => {
  const others = [
    { path: ["doors", 0, "heldOpenAfter"], value: "31s" },
    { path: ["keys", 0, "enabled"], value: false },
    { path: ["keys", 0, "pin"], value: "274937" },
    { path: ["keys", 1, "kind"], value: "staff" },
    { path: ["holidays", 0, "doors"], value: ["front"] },
    { path: ["doors", 0, "strike"], value: { release: "6s" } },
  ];
  for (const other of others) {
    const { keyset } = meaningOf(written([other]));
    t.not(JSON.stringify(keyset), JSON.stringify(bare.keyset), `${other.path.join(".")}`);
  }
  t.end();
});
