/**
 * What the fields of a site mean together: errors and warnings beyond the single field (domain-rules, "Site files").
 * In each row ‸ stands where the problem is reported.
 */
import { test } from "tap";
import { type Edit, edited, MARK, marked, SITE_TEXT } from "../../test/support/site-text.ts";
import { readSite } from "./read.ts";

interface Row {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly path: string;
  readonly message: RegExp | string;
  readonly rule: string;
  readonly severity?: "warning";
}

const OTP = "otp: { type: totp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const PIN = '    pin: "274936"';
const key = (id: string, fields: string) => `\n  - { id: ${id}, user: u2, restriction: none, ${fields} }`;
const restriction = (text: string): readonly Edit[] => [["restriction: none", `restriction: ${text}`]];
const window = (days: string, from: string, to: string) => `{ days: ${days}, from: "${from}", to: "${to}" }`;
const schedule = (id: string, ...windows: string[]) => `  - { id: ${id}, windows: [ ${windows.join(", ")} ] }\n`;
const holidays = (...list: string[]): Edit => [
  "schedules:\n",
  `holidays:\n${list.map((each) => `  - ${each}\n`).join("")}schedules:\n`,
];

const REFERENCES: readonly Row[] = [
  {
    name: "two keys of one id",
    edits: [[PIN, `${PIN}${key("‸k1", "doors: [back]")}`]],
    path: "keys[1].id",
    message: "the id k1 stands at keys[0].id too",
    rule: "ids",
  },
  {
    name: "two doors of one id",
    edits: [["id: back", "id: ‸front"]],
    path: "doors[1].id",
    message: /stands at doors\[0\]\.id too/,
    rule: "ids",
  },
  {
    name: "two edges of one id",
    edits: [["{ id: e2 }", "{ id: ‸e1 }"]],
    path: "edges[1].id",
    message: /stands at edges\[0\]/,
    rule: "ids",
  },
  {
    name: "a bus at an unknown edge",
    edits: [["edge: e2, port", "edge: ‸e9, port"]],
    path: "buses[1].edge",
    message: "an unknown edge e9",
    rule: "ids",
  },
  {
    name: "a door on an unknown bus",
    edits: [["bus: b1, address: 1", "bus: ‸b9, address: 1"]],
    path: "doors[1].controller.bus",
    message: "an unknown bus b9",
    rule: "ids",
  },
  {
    name: "a key of an unknown user",
    edits: [["user: u1", "user: ‸u9"]],
    path: "keys[0].user",
    message: "an unknown user u9",
    rule: "ids",
  },
  {
    name: "a key for an unknown door",
    edits: [["doors: [front]", "doors: [front, ‸attic]"]],
    path: "keys[0].doors[1]",
    message: "an unknown door attic",
    rule: "ids",
  },
  {
    name: "a key that names an unknown schedule",
    edits: restriction("{ schedules: [ nights, ‸days ] }"),
    path: "keys[0].restriction.schedules[1]",
    message: "an unknown schedule days",
    rule: "Site files",
  },
  {
    name: "the same in a list of restrictions",
    edits: restriction("[ one-time, { schedules: [ ‸days ] } ]"),
    path: "keys[0].restriction[1].schedules[0]",
    message: "an unknown schedule days",
    rule: "Site files",
  },
  {
    name: "a unit with an unknown door",
    edits: [["schedules:\n", "units: [ { id: s, doors: [ ‸attic ] } ]\nschedules:\n"]],
    path: "units[0].doors[0]",
    message: "an unknown door attic",
    rule: "ids",
  },
  {
    name: "a holiday at an unknown door",
    edits: [holidays("{ id: h, date: 2026-12-25, doors: [ ‸attic ] }")],
    path: "holidays[0].doors[0]",
    message: "an unknown door attic",
    rule: "ids",
  },
  {
    name: "an interlock with an unknown door",
    edits: [["contact: { input: 0 }", "interlock: [ ‸attic ]"]],
    path: "doors[0].interlock[0]",
    message: "an unknown door attic",
    rule: "ids",
  },
  {
    name: "First-In by an unknown user",
    edits: [
      [
        "contact: { input: 0 }",
        `businessHours: { windows: [ ${window("mon", "09:00", "17:00")} ], firstIn: { who: [ ‸u9 ] } }`,
      ],
    ],
    path: "doors[0].businessHours.firstIn.who[0]",
    message: "an unknown user u9",
    rule: "ids",
  },
];

const TIMES: readonly Row[] = [
  {
    name: "a zone that nobody knows",
    edits: [["America/New_York", "‸America/Gotham"]],
    path: "site.timezone",
    message: /^an unknown zone "America\/Gotham"/,
    rule: "d5.1",
  },
  ...["+01:00", "Etc/GMT+5", "UTC+1", "GMT-3", "EST"].map((zone) => ({
    name: `the fixed offset ${zone} as a zone`,
    edits: [["contact: { input: 0 }", `timezone: ‸${zone}`]] as const,
    path: "doors[0].timezone",
    message: /^the fixed offset .*expected an IANA zone/,
    rule: "d5.1",
  })),
  {
    name: "a schedule without windows",
    edits: [['    windows: [ { days: [fri, sat], from: "22:00", to: "06:00" } ]', "    ‸windows: []"]],
    path: "schedules[0].windows",
    message: /^no window, expected at least one/,
    rule: "d4.2",
  },
  {
    name: "a key without windows and schedules",
    edits: [["restriction: none", "restriction: { ‸windows: [] }"]].map(([a, b]) => [a!, b!.replace("‸", "")] as const),
    path: "keys[0].restriction",
    message: /^neither a schedule nor a window/,
    rule: "d4.2",
  },
  {
    name: "two windows of a key that overlap",
    edits: restriction(`{ windows: [ ${window("mon-fri", "09:00", "17:00")}, ‸${window("fri", "16:00", "20:00")} ] }`),
    path: "keys[0].restriction.windows[1]",
    message: "fri 16:00-20:00 overlaps mon-fri 09:00-17:00 [0]; merged: mon-thu 09:00-17:00 and fri 09:00-20:00",
    rule: "d4.4",
  },
  {
    name: "a night into Monday that meets Monday",
    edits: [
      ["windows: [ { days: [fri, sat]", "windows: [ { days: sun"],
      ['to: "06:00" } ]', `to: "06:00" }, ‸${window("mon", "05:00", "08:00")} ]`],
    ],
    path: "schedules[0].windows[1]",
    message: "mon 05:00-08:00 overlaps sun 22:00-06:00 [0]; merged: sun 22:00-08:00",
    rule: "d4.5",
  },
  {
    name: "business hours that overlap",
    edits: [
      [
        "contact: { input: 0 }",
        `businessHours: { windows: [ ${window("daily", "09:00", "12:00")}, ‸${window("mon", "11:59", "13:00")} ] }`,
      ],
    ],
    path: "doors[0].businessHours.windows[1]",
    message: /^mon 11:59-13:00 overlaps daily 09:00-12:00 \[0\]; merged: /,
    rule: "d4.4",
  },
  {
    name: "holiday hours that overlap",
    edits: [
      holidays(
        '{ id: h, date: 2026-12-25, hours: [ { from: "09:00", to: "12:00" }, ‸{ from: "11:00", to: "13:00" } ] }',
      ),
    ],
    path: "holidays[0].hours[1]",
    message: "11:00-13:00 overlaps 09:00-12:00 [0]; merged: 09:00-13:00",
    rule: "d4.4",
  },
  {
    name: "holiday hours that overlap and are more than a day together",
    edits: [
      holidays(
        '{ id: h, date: 2026-12-25, hours: [ { from: "09:00", to: "08:00" }, ‸{ from: "22:00", to: "21:00" } ] }',
      ),
    ],
    path: "holidays[0].hours[1]",
    message: "22:00-21:00 overlaps 09:00-08:00 [0]; together they are more than 24 h, the most that hours may last",
    rule: "d4.4",
  },
  {
    name: "windows of a schedule that overlap, said in the days as one writes them",
    edits: [
      ["windows: [ { days: [fri, sat]", "windows: [ { days: [mon, wed-fri]"],
      ['to: "06:00" } ]', `to: "06:00" }, ‸${window("sat-mon", "05:00", "22:00")} ]`],
    ],
    path: "schedules[0].windows[1]",
    message:
      "sat-mon 05:00-22:00 overlaps mon,wed-fri 22:00-06:00 [0]; merged: " +
      "mon 05:00-24:00 and tue 00:00-06:00 and wed,thu 22:00-06:00 and fri 22:00-22:00 and sun 05:00-22:00",
    rule: "d4.4",
  },
  {
    name: "two schedules of one key that overlap",
    edits: [
      ["users:\n", `${schedule("late", window("sat", "23:00", "23:30"))}users:\n`],
      ...restriction("{ schedules: [ nights, ‸late ] }"),
    ],
    path: "keys[0].restriction.schedules[1]",
    message: "schedule late overlaps schedule nights",
    rule: "Site files",
    severity: "warning",
  },
  {
    name: "two holidays on one date",
    edits: [holidays("{ id: a, date: 2026-12-25, doors: [front] }", "{ id: b, date: ‸2026-12-25 }")],
    path: "holidays[1].date",
    message: /^the same date as holiday a/,
    rule: "d6.6",
    severity: "warning",
  },
  {
    name: "a yearly holiday that meets one of a later year",
    edits: [holidays("{ id: a, date: 2025-12-25, every: year }", "{ id: b, date: ‸2026-12-25 }")],
    path: "holidays[1].date",
    message: /^the same date as holiday a/,
    rule: "d6.6",
    severity: "warning",
  },
  {
    name: "an end before the beginning",
    edits: [[PIN, `    validFrom: 2026-12-09\n    validUntil: ‸2026-12-08`]],
    path: "keys[0].validUntil",
    message: /^not after validFrom/,
    rule: "d4.2",
    severity: "warning",
  },
];

const DOORS: readonly Row[] = [
  {
    name: "two Controllers of one address on a bus",
    edits: [["address: 1", "address: ‸0"]],
    path: "doors[1].controller.address",
    message: /^the address of doors\[0\] on the same bus too/,
    rule: "OSDP",
  },
  {
    name: "one input for two things",
    edits: [["contact: { input: 0 }", "contact: { input: 0 }\n    rex: { input: ‸0 }"]],
    path: "doors[0].rex.input",
    message: "input 0 is contact too",
    rule: "inputs",
  },
  {
    name: "an extended release shorter than the release",
    edits: [["contact: { input: 0 }", "strike: { release: 10s, extendedRelease: ‸5s }"]],
    path: "doors[0].strike.extendedRelease",
    message: "5s, shorter than the release of 10s",
    rule: "d9.1",
  },
  {
    name: "nothing that submits",
    edits: [["contact: { input: 0 }", "codeEntry: { ‸submit: [] }"]],
    path: "doors[0].codeEntry.submit",
    message: /no code could be entered$/,
    rule: "d2.2",
  },
  {
    name: "an interlock with itself",
    edits: [["contact: { input: 0 }", "interlock: [ ‸front ]"]],
    path: "doors[0].interlock[0]",
    message: /^the door itself/,
    rule: "Interlock",
  },
  {
    name: "an interlock with a door that nobody sees close",
    edits: [["contact: { input: 0 }", "interlock: [ ‸back ]"]],
    path: "doors[0].interlock[0]",
    message: "door back has no contact, so it counts as open: no code opens this door",
    rule: "Interlock and groups",
    severity: "warning",
  },
  {
    name: "giving back where nothing tells what was not taken",
    edits: [["contact: { input: 0 }", "giveBack: ‸true"]],
    path: "doors[0].giveBack",
    message: "no contact is fitted, so nothing is ever given back",
    rule: "d7.2",
    severity: "warning",
  },
  {
    name: "an interlock over two edges",
    edits: [["contact: { input: 0 }", "interlock: [ back, ‸far ]"]],
    path: "doors[0].interlock[1]",
    message: /^door far hangs on edge e2, this one on e1/,
    rule: "Interlock",
  },
  {
    name: "a keypad group over two edges",
    edits: [
      ["contact: { input: 0 }", "keypadGroup: lobby"],
      ["bus: b2, address: 0 }", "bus: b2, address: 0 }\n    keypadGroup: ‸lobby"],
    ],
    path: "doors[2].keypadGroup",
    message: /^door front of this group hangs on edge e1, this one on e2/,
    rule: "Lockout",
  },
  {
    name: "a key without doors",
    edits: [["doors: [front]", "‸doors: []"]],
    path: "keys[0].doors",
    message: /^no door/,
    rule: "design 5.2",
  },
  ...["one-time", "{ uses: 3 }", "{ afterFirstUse: 30m }", "[ one-time, { schedules: [nights] } ]"].map((text) => ({
    name: `${text} over two edges`,
    edits: [...restriction(text), ["doors: [front]", "‸doors: [front, far]"]] as readonly Edit[],
    path: "keys[0].doors",
    message: /^doors of the edges e1 and e2; the doors of a key whose uses count hang on one edge$/,
    rule: "d7.3",
  })),
  {
    name: "a one-time key for all doors of two edges",
    edits: [...restriction("one-time"), ["doors: [front]", "doors: ‸all"]],
    path: "keys[0].doors",
    message: /^doors of the edges e1 and e2/,
    rule: "d7.3",
  },
  {
    name: "one-time codes over two edges",
    edits: [
      [PIN, `    ${OTP} }`],
      ["doors: [front]", "‸doors: [front, far]"],
    ],
    path: "keys[0].doors",
    message: /a key of one-time codes/,
    rule: "d7.3",
  },
];

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => key(`n${at}`, `doors: [back], pin: "${String(370_001 + at * 7)}"`)).join("");
const otps = (count: number) =>
  Array.from({ length: count }, (_, at) => key(`o${at}`, `doors: [back], ${OTP} }`)).join("");

const CODES: readonly Row[] = [
  {
    name: "two keys with one PIN at a door",
    edits: [[PIN, `${PIN}${key("k2", 'doors: [back, front], pin: ‸"274936"')}`]],
    path: "keys[1].pin",
    message: "the same code as keys[0].pin, at door front; a code is unique at a door",
    rule: "d1.3",
  },
  {
    name: "a disabled and a future key count as well",
    edits: [[PIN, `${PIN}${key("k2", 'doors: all, enabled: false, validFrom: 2030-01-01, pin: ‸"274936"')}`]],
    path: "keys[1].pin",
    message: /^the same code as keys\[0\]\.pin, at door front/,
    rule: "d1.3",
  },
  {
    name: "a PIN that is the door's master code",
    edits: [
      ["contact: { input: 0 }", 'masterCode: "274936"'],
      ['pin: "274936"', 'pin: ‸"274936"'],
    ],
    path: "keys[0].pin",
    message: /^the same code as doors\[0\]\.masterCode, at door front/,
    rule: "d1.3",
  },
  {
    name: "a duress code that is a PIN",
    edits: [[PIN, `${PIN}${key("k2", 'doors: [front], pin: "618340", duressPin: ‸"274936"')}`]],
    path: "keys[1].duressPin",
    message: /^the same code as keys\[0\]\.pin/,
    rule: "d1.3",
  },
  {
    name: "a key's own duress code that is its PIN",
    edits: [[PIN, `${PIN}\n    duressPin: ‸"274936"`]],
    path: "keys[0].duressPin",
    message: /^the same code as keys\[0\]\.pin/,
    rule: "d1.3",
  },
  {
    name: "a PIN beside one-time codes",
    edits: [[PIN, `    pin: ‸"274936"\n    ${OTP} }`]],
    path: "keys[0].pin",
    message: /^a PIN beside otp/,
    rule: "design 5.2",
  },
  {
    name: "251 codes at a door",
    edits: [
      [PIN, `${PIN}${many(251)}`],
      ["- id: back", "- ‸id: back"],
    ],
    path: "doors[1].bareCodes",
    message: "251 codes without a slot, at most 250 at this door",
    rule: "facts security 1",
  },
  {
    name: "more codes than its own limit",
    edits: [
      ["address: 1 }", 'address: 1 }\n    bareCodes: ‸2\n    masterCode: "904152"'],
      [PIN, `${PIN}${many(2)}`],
    ],
    path: "doors[1].bareCodes",
    message: /^3 codes without a slot, at most 2/,
    rule: "facts security 1",
  },
  {
    name: "11 keys of one-time codes without a slot",
    edits: [
      [PIN, `${PIN}${otps(11)}`],
      ["- id: back", "- ‸id: back"],
    ],
    path: "doors[1]",
    message: /^11 keys of one-time codes without a slot, at most 10$/,
    rule: "Slot form",
  },
  {
    name: "slots of two lengths at a door",
    edits: [
      [PIN, `    ${OTP}, slot: "42" }${key("k2", `doors: all, ${OTP}, slot: ‸"421" }`)}`],
      ["- { id: b2, edge: e2", "- { id: b2, edge: e1"],
    ],
    path: "keys[1].otp.slot",
    message: "a slot of 3 digits, keys[0] at door front has 2",
    rule: "Slot form",
  },
  {
    name: "one slot twice at a door",
    edits: [[PIN, `    ${OTP}, slot: "42" }${key("k2", `doors: [front], ${OTP}, slot: ‸"42" }`)}`]],
    path: "keys[1].otp.slot",
    message: "the slot of keys[0] too, at door front",
    rule: "Slot form",
  },
  {
    name: "auto-submit at a door with slot keys",
    edits: [
      [PIN, `    ${OTP}, slot: "42" }`],
      ["contact: { input: 0 }", "codeEntry: { autoSubmit: ‸true }"],
    ],
    path: "doors[0].codeEntry.autoSubmit",
    message: /^true at a door with slot keys/,
    rule: "d2.2",
  },
  ...(
    [
      ["777777", "all digits are equal"],
      ["456789", "a run of digits"],
      ["890123", "a run of digits"],
      ["321098", "a run of digits"],
      ["676767", "a repeated block"],
      ["478478", "a repeated block"],
      ["127593", "it begins like those that are tried first"],
    ] as const
  ).map(([pin, why]) => ({
    name: `the weak code ${pin}`,
    edits: [['pin: "274936"', `pin: ‸"${pin}"`]] as const,
    path: "keys[0].pin",
    message: `a weak code: ${why}`,
    rule: "d1.2",
    severity: "warning" as const,
  })),
];

const notYet = (name: string, edits: readonly Edit[], path: string): Row => ({
  name: `${name} is not enforced yet`,
  edits,
  path,
  message: "not enforced yet",
  rule: "design 5.2",
  severity: "warning",
});
const atDoor = (field: string): readonly Edit[] => [["contact: { input: 0 }", field]];

const ENFORCED: readonly Row[] = [
  notYet("phones", atDoor("‸phones: { pairing: true }"), "doors[0].phones"),
  notYet("a group", [["schedules:\n", "groups: [ ‸{ id: g } ]\nschedules:\n"]], "groups[0]"),
  notYet("remote", [[PIN, `${PIN}\n    remote: ‸true`]], "keys[0].remote"),
];

for (const { name, edits, path, message, rule, severity } of [
  ...REFERENCES,
  ...TIMES,
  ...DOORS,
  ...CODES,
  ...ENFORCED,
]) {
  test(`${severity ?? "error"}: ${name} (${rule})`, (t) => {
    const { text, places } = marked(edited(SITE_TEXT, edits));
    const read = readSite(text);
    t.equal(read.site === null, severity === undefined, "an error is no site, a warning is one");
    const of = read.problems.filter((problem) => problem.path === path && problem.severity === (severity ?? "error"));
    t.match(of, [{ ...(places[0] ?? {}), message }], JSON.stringify(read.problems));
    t.notMatch(JSON.stringify(read.problems), /274936|618340/);
    t.end();
  });
}

/** Beside each of these stands a row above that is one step over the edge. */
const fine: readonly { name: string; edits: readonly Edit[] }[] = [
  { name: "the text itself", edits: [] },
  {
    name: "windows that touch (d4.3)",
    edits: restriction(`{ windows: [ ${window("daily", "09:00", "12:00")}, ${window("daily", "12:00", "17:00")} ] }`),
  },
  {
    name: "a night that ends as Monday's window begins",
    edits: restriction(`{ windows: [ ${window("sun", "22:00", "06:00")}, ${window("mon", "06:00", "08:00")} ] }`),
  },
  {
    name: "holiday hours that touch",
    edits: [
      holidays(
        '{ id: h, date: 2026-12-25, hours: [ { from: "09:00", to: "12:00" }, { from: "12:00", to: "13:00" } ] }',
      ),
    ],
  },
  { name: "24 hours, every day", edits: restriction(`{ windows: [ ${window("daily", "22:00", "22:00")} ] }`) },
  {
    name: "one PIN at two doors that no key shares",
    edits: [[PIN, `${PIN}${key("k2", 'doors: [back], pin: "274936"')}`]],
  },
  { name: "250 codes at a door", edits: [[PIN, `${PIN}${many(250)}`]] },
  {
    name: "a one-time key over two doors of one edge",
    edits: [...restriction("one-time"), ["doors: [front]", "doors: [front, back]"]],
  },
  { name: "an unrestricted key over two edges", edits: [["doors: [front]", "doors: all"]] },
  { name: "one address on two buses", edits: [["address: 1", "address: 126"]] },
  { name: "holidays of two years", edits: [holidays("{ id: a, date: 2025-12-25 }", "{ id: b, date: 2026-12-25 }")] },
  {
    name: "a yearly holiday after one of its date",
    edits: [holidays("{ id: a, date: 2025-12-25 }", "{ id: b, date: 2026-12-25, every: year }")],
  },
  {
    name: "two holidays of one date at two doors",
    edits: [holidays("{ id: a, date: 2026-12-25, doors: [front] }", "{ id: b, date: 2026-12-25, doors: [back] }")],
  },
  {
    name: "schedules that overlap in two members of a list: AND",
    edits: [
      ["users:\n", `${schedule("late", window("sat", "23:00", "23:30"))}users:\n`],
      ...restriction("[ { schedules: [nights] }, { schedules: [late] } ]"),
    ],
  },
  {
    name: "an end one moment after the beginning",
    edits: [[PIN, "    validFrom: 2026-12-08T23:59:59\n    validUntil: 2026-12-08"]],
  },
  { name: "UTC as a zone", edits: [["America/New_York", "UTC"]] },
  { name: "a phone number as people write it", edits: [["name: Front Desk", 'phone: "+1 (212) 555-0123"']] },
];
for (const { name, edits } of fine) {
  test(`nothing is said of ${name}`, (t) => {
    const { text } = marked(edited(SITE_TEXT, edits));
    t.notMatch(text, MARK);
    const read = readSite(text);
    t.same(
      read.problems.filter(({ message }) => !message.startsWith("not enforced yet")),
      [],
    );
    t.ok(read.site);
    t.end();
  });
}

test("business hours and the hours of a holiday are enforced: nothing is said of them (d6)", (t) => {
  const hours = atDoor(`businessHours: { windows: [ ${window("mon", "09:00", "17:00")} ] }`);
  const { text } = marked(edited(SITE_TEXT, [...hours, holidays("{ id: h, date: 2026-12-25, hours: closed }")]));
  const { site, problems } = readSite(text);
  t.same(problems, []);
  t.ok(site?.doors[0]?.businessHours);
  t.equal(site?.holidays[0]?.hours, "closed");
  t.end();
});

test("all faults of meaning are named, with the warnings among them, in the order of the file", (t) => {
  const { text, places } = marked(
    edited(SITE_TEXT, [
      ["address: 1", "address: ‸0"],
      ["user: u1", "user: ‸nobody"],
      ["doors: [front]", "doors: [front, ‸attic]"],
      ['pin: "274936"', 'pin: ‸"111111"'],
    ]),
  );
  t.same(
    readSite(text).problems.map(({ severity, line, column }) => ({ severity, line, column })),
    places.map((place, at) => ({ severity: at === 3 ? "warning" : "error", ...place })),
  );
  t.end();
});

test("a fault of meaning that one value shows by itself is named beside faults of shape, and once", (t) => {
  const { text, places } = marked(
    edited(SITE_TEXT, [
      ["America/New_York", "‸+05:00"],
      ['windows: [ { days: [fri, sat], from: "22:00", to: "06:00" } ]', "‸windows: []"],
      ["doors: [front]", "‸doors: []"],
      ['pin: "274936"', "pin: ‸274936"],
    ]),
  );
  const placesOf = (read: ReturnType<typeof readSite>) => read.problems.map(({ line, column }) => ({ line, column }));
  t.same(placesOf(readSite(text)), places);
  t.same(placesOf(readSite(text.replace("pin: 274936", 'pin: "274936"'))), places.slice(0, 3));
  t.end();
});

test("of more problems than anybody reads, the rest is counted", (t) => {
  const users = Array.from({ length: 1200 }, (_, at) => `  - { id: u${at}, kind: nobody }\n`).join("");
  const { problems } = readSite(SITE_TEXT.replace(/users:\n(.*\n)*?keys/, `users:\n${users}keys`));
  t.equal(problems.length, 1001);
  t.match(
    problems.find(({ path }) => path === ""),
    { message: "200 more problems are not shown" },
  );
  t.end();
});
