/** What a change of a site file is called, and whether it widens what stands (design 5.2, L3). */
import fc from "fast-check";
import { test } from "tap";
import { anySite } from "../../test/support/any-site.ts";
import { type Edit, edited, SITE_TEXT } from "../../test/support/site-text.ts";
import { diffSites } from "./diff.ts";
import { readSite } from "./read.ts";
import type { Site } from "./site.ts";
import { writeSite } from "./write.ts";

function siteOf(edits: readonly Edit[]): Site {
  const { site, problems } = readSite(edited(SITE_TEXT, edits));
  if (site === null) throw new Error(JSON.stringify(problems));
  return site;
}

interface Row {
  readonly name: string;
  readonly from: readonly Edit[];
  readonly to: readonly Edit[];
  readonly path: string;
  readonly widens: boolean;
}

const PIN = '    pin: "274936"';
const window = (days: string, from: string, to: string) => `{ days: ${days}, from: "${from}", to: "${to}" }`;
const hours = (text: string) => `businessHours: { ${text} }`;
const nine = `windows: [ ${window("mon-fri", "09:00", "17:00")} ]`;
const day = (rest = "") => `{ id: h, date: 2026-12-25${rest} }`;

/** Both directions of one change: a wider value and a narrower one. `either`: neither is provably narrower. */
function pair(
  at: string,
  path: string,
  narrow: string,
  wide: string,
  either: "narrow" | "wide" | "neither" = "narrow",
): readonly Row[] {
  const put = (text: string): readonly Edit[] => [[at, text]];
  return [
    { name: `${narrow} → ${wide}`, from: put(narrow), to: put(wide), path, widens: either !== "neither" },
    { name: `${wide} → ${narrow}`, from: put(wide), to: put(narrow), path, widens: either === "wide" },
  ];
}

const restriction = (narrow: string, wide: string, either?: "wide") =>
  pair("restriction: none", "keys[k1].restriction", `restriction: ${narrow}`, `restriction: ${wide}`, either);
const field = (path: string, narrow: string, wide: string, either?: "wide" | "neither") =>
  pair(PIN, `keys[k1].${path}`, `${PIN}\n    ${narrow}`, `${PIN}\n    ${wide}`, either);
const door = (path: string, narrow: string, wide: string, either?: "wide" | "neither") =>
  pair("contact: { input: 0 }", `doors[front].${path}`, narrow, wide, either);
const holiday = (path: string, narrow: string, wide: string, either?: "wide" | "neither") =>
  pair(
    "schedules:\n",
    `holidays[h].${path}`,
    `holidays: [ ${narrow} ]\nschedules:\n`,
    `holidays: [ ${wide} ]\nschedules:\n`,
    either,
  );

const ROWS: readonly Row[] = [
  ...pair("doors: [front]", "keys[k1].doors", "doors: [front]", "doors: [front, back]"),
  ...pair("doors: [front]", "keys[k1].doors", "doors: [front, back]", "doors: all"),
  ...pair("doors: [front]", "keys[k1].doors", "doors: [front]", "doors: [back]", "wide"),
  ...pair("user: u1", "keys[k1].user", "user: u1", "user: u2", "wide"),
  ...restriction("one-time", "none"),
  ...restriction("{ uses: 2 }", "{ uses: 3 }"),
  ...restriction("{ uses: 1 }", "one-time"),
  ...restriction("{ uses: 2 }", "one-time", "wide"),
  ...restriction("{ afterFirstUse: 30m }", "{ afterFirstUse: 31m }"),
  ...restriction("[ one-time, { uses: 3 } ]", "{ uses: 3 }"),
  ...restriction("{ schedules: [nights] }", "none"),
  ...restriction(
    `{ windows: [ ${window("mon", "09:00", "16:59")} ] }`,
    `{ windows: [ ${window("mon-fri", "09:00", "17:00")} ] }`,
  ),
  ...restriction(`{ windows: [ ${window("sat", "23:00", "06:00")} ] }`, "{ schedules: [nights] }"),
  ...restriction(`{ windows: [ ${window("sun", "23:00", "06:00")} ] }`, "{ schedules: [nights] }", "wide"),
  ...restriction(
    `[ { schedules: [nights] }, { windows: [ ${window("sat", "12:00", "24:00")} ] } ]`,
    "{ schedules: [nights] }",
  ),
  ...restriction(
    `[ { schedules: [nights] }, { windows: [ ${window("sat", "12:00", "24:00")} ] } ]`,
    `{ windows: [ ${window("sat", "12:00", "24:00")} ] }`,
  ),
  ...field("enabled", "enabled: false", "enabled: true"),
  ...field("role", "role: user", "role: admin"),
  ...field("kind", "kind: tour", "kind: staff"),
  ...field("kind", "kind: tour", "kind: guest", "wide"),
  ...field("kind", "kind: resident", "kind: guest", "neither"),
  ...field("remote", "remote: false", "remote: true"),
  ...field("extended", "extended: false", "extended: true"),
  ...field("issue", "issue: 1", "issue: 2", "wide"),
  ...field("validFrom", "validFrom: 2026-12-02", "validFrom: 2026-12-01T23:59"),
  ...field("validFrom", "validFrom: 2026-12-02", "remote: false"),
  ...field("validUntil", "validUntil: 2026-12-01", "validUntil: 2026-12-02T00:00:01"),
  ...field("validUntil", "validUntil: 2026-12-01", "remote: false"),
  ...field("duressPin", "remote: false", 'duressPin: "618340"', "wide"),
  ...pair(PIN, "keys[k1].pin", PIN, '    pin: "618340"', "neither"),
  ...pair(PIN, "keys[k1].pin", "    role: user", PIN),
  ...pair(PIN, "keys[k1].otp", "    role: user", "    otp: { type: totp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ }"),
  ...door(
    "strike.release",
    "strike: { release: 5s, extendedRelease: 60s }",
    "strike: { release: 6s, extendedRelease: 60s }",
  ),
  ...door("strike.extendedRelease", "strike: { extendedRelease: 15s }", "strike: { extendedRelease: 16s }"),
  ...door("strike.fail", "strike: { fail: secure }", "strike: { fail: safe }"),
  ...door("strike.output", "strike: { output: 0 }", "strike: { output: 1 }", "wide"),
  ...door("rex", "giveBack: false", "rex: { input: 1 }"),
  ...door("fireRelease", "giveBack: false", "fireRelease: { input: 2 }"),
  ...door("contact", "giveBack: false", "contact: { input: 0 }", "neither"),
  ...door("masterCode", "giveBack: false", 'masterCode: "904152"'),
  ...door("masterCode", 'masterCode: "904153"', 'masterCode: "904152"', "neither"),
  ...door("mode", "mode: privacy", "mode: normal"),
  ...door("mode", "mode: lockdown", "mode: privacy"),
  ...door("mode", "mode: tour", "mode: resident", "wide"),
  ...door("clockUnknown", "clockUnknown: deny", "clockUnknown: allow"),
  ...door("giveBack", "giveBack: false", "giveBack: true"),
  ...door("interlock", "interlock: [back]", "interlock: []"),
  ...door("keypadGroup", "keypadGroup: lobby", "giveBack: false"),
  ...door("bareCodes", "bareCodes: 100", "bareCodes: 250"),
  ...door("phones.pairing", "phones: { pairing: false }", "phones: { pairing: true }"),
  ...door("codeEntry", "codeEntry: { timeout: 5s }", "codeEntry: { timeout: 6s }", "neither"),
  ...door("timezone", "timezone: America/New_York", "timezone: America/Chicago", "wide"),
  ...door("businessHours", "giveBack: false", hours(nine)),
  ...door("businessHours", hours(nine), hours(`windows: [ ${window("mon-sat", "09:00", "17:00")} ]`)),
  ...door("businessHours", hours(nine), hours(`${nine}, firstIn: { required: false }`)),
  ...door("businessHours", hours(`${nine}, firstIn: { grace: 10m }`), hours(nine)),
  ...door("businessHours", hours(`${nine}, firstIn: { who: [u1] }`), hours(`${nine}, firstIn: { who: [u1, u2] }`)),
  ...door("businessHours", hours(nine), hours(`${nine}, firstIn: { who: [u1] }`), "wide"),
  ...pair("[fri, sat]", "schedules[nights].windows", "sat", "[fri, sat]"),
  ...pair("edge: e2, port", "buses[b2].edge", "edge: e2, port", "edge: e1, port", "wide"),
  ...pair(
    "port: sim, baud: 9600",
    "buses[b1].port",
    "port: sim, baud: 9600",
    "port: /dev/ttyS0, baud: 9600",
    "neither",
  ),
  ...holiday("access", day(", access: suspended"), day()),
  ...holiday("hours", day(", hours: closed"), day()),
  ...holiday("hours", day(", hours: closed"), day(', hours: [ { from: "09:00", to: "10:00" } ]')),
  ...holiday(
    "hours",
    day(', hours: [ { from: "09:00", to: "10:00" } ]'),
    day(', hours: [ { from: "09:00", to: "11:00" } ]'),
  ),
  ...holiday("date", day(", access: suspended"), "{ id: h, date: 2026-12-26, access: suspended }", "wide"),
  ...holiday("every", day(", access: suspended, every: year"), day(", access: suspended")),
  ...holiday("doors", day(", access: suspended"), day(", access: suspended, doors: [front]")),
  ...holiday("date", day(), "{ id: h, date: 2026-12-26 }", "neither"),
  ...pair("name: Front Desk", "users[u1].name", "name: Front Desk", "name: Desk", "neither"),
];

for (const { name, from, to, path, widens } of ROWS) {
  test(`${path}: ${name} ${widens ? "widens" : "does not widen"}`, (t) => {
    const changes = diffSites(siteOf(from), siteOf(to));
    t.match(
      changes.find((change) => change.path === path),
      { path, widens },
      JSON.stringify(changes),
    );
    t.notMatch(JSON.stringify(changes), /274936|618340|90415/, "no digit of a code");
    t.end();
  });
}

const BOTH: readonly Row[] = [
  {
    name: "a new key",
    from: [],
    to: [[PIN, `${PIN}\n  - { id: k2, user: u1, doors: all, restriction: none }`]],
    path: "keys[k2]",
    widens: false,
  },
  {
    name: "a key that goes",
    from: [[PIN, `${PIN}\n  - { id: k2, user: u1, doors: all, restriction: none }`]],
    to: [],
    path: "keys[k2]",
    widens: false,
  },
  { name: "a new user", from: [], to: [["keys:\n", "  - { id: u3 }\nkeys:\n"]], path: "users[u3]", widens: false },
  {
    name: "a holiday that suspends access goes",
    from: [["schedules:\n", `holidays: [ ${day(", access: suspended")} ]\nschedules:\n`]],
    to: [],
    path: "holidays[h]",
    widens: true,
  },
  {
    name: "a holiday that closes goes",
    from: [["schedules:\n", `holidays: [ ${day(", hours: closed")} ]\nschedules:\n`]],
    to: [],
    path: "holidays[h]",
    widens: true,
  },
  {
    name: "a holiday that does nothing goes",
    from: [["schedules:\n", `holidays: [ ${day()} ]\nschedules:\n`]],
    to: [],
    path: "holidays[h]",
    widens: false,
  },
  {
    name: "a holiday that closes comes",
    from: [],
    to: [["schedules:\n", `holidays: [ ${day(", hours: closed")} ]\nschedules:\n`]],
    path: "holidays[h]",
    widens: false,
  },
  {
    name: "a holiday with own hours comes",
    from: [],
    to: [["schedules:\n", `holidays: [ ${day(', hours: [ { from: "09:00", to: "10:00" } ]')} ]\nschedules:\n`]],
    path: "holidays[h]",
    widens: true,
  },
  {
    name: "a key for all doors gets another one",
    from: [["doors: [front]", "doors: all"]],
    to: [
      ["doors: [front]", "doors: all"],
      ["schedules:\n", "  - { id: attic, controller: { bus: b2, address: 1 } }\nschedules:\n"],
    ],
    path: "keys[k1].doors",
    widens: true,
  },
  {
    name: "a wider schedule of a key that stands",
    from: [["restriction: none", "restriction: { schedules: [nights] }"]],
    to: [
      ["restriction: none", "restriction: { schedules: [nights] }"],
      ["[fri, sat]", "daily"],
    ],
    path: "schedules[nights].windows",
    widens: true,
  },
];
for (const { name, from, to, path, widens } of BOTH) {
  test(`${name}: ${widens ? "widens" : "does not widen"}`, (t) => {
    const changes = diffSites(siteOf(from), siteOf(to));
    t.match(
      changes.find((change) => change.path === path),
      { path, widens },
      JSON.stringify(changes),
    );
    t.equal(
      changes.some((change) => change.widens),
      widens,
    );
    t.end();
  });
}

test("a change is said in words, with both sides", (t) => {
  t.same(diffSites(siteOf([]), siteOf([["doors: [front]", "doors: [front, back]"]])), [
    {
      path: "keys[k1].doors",
      from: "front",
      to: "front, back",
      widens: true,
      sentence: "key k1 (Front Desk): doors front → front, back",
    },
  ]);
  t.end();
});

test("kept codes are unchanged codes", (t) => {
  const kept: readonly Edit[] = [['pin: "274936"', "pin: kept"]];
  t.same(diffSites(siteOf([]), siteOf(kept)), []);
  t.same(diffSites(siteOf(kept), siteOf(kept)), []);
  t.match(diffSites(siteOf(kept), siteOf([])), [{ path: "keys[k1].pin", widens: false }]);
  t.end();
});

test("the first site of all widens nothing; its own export is no change of any site", (t) => {
  let ran = 0;
  fc.assert(
    fc.property(anySite, (site) => {
      ran += 1;
      const again = readSite(writeSite(site, { codes: "kept" })).site!;
      return !diffSites(null, site).some(({ widens }) => widens) && diffSites(site, again).length === 0;
    }),
    { numRuns: 100 },
  );
  t.ok(ran >= 100);
  t.end();
});
