/**
 * What a site file may say and what is wrong with it. In each row ‸ stands where the problem is reported; it is no part
 * of the file.
 */
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { test } from "tap";
import { type Edit, edited, marked, SITE_TEXT } from "../../test/support/site-text.ts";
import { readSite } from "./read.ts";

interface Row {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly path: string;
  readonly message: RegExp | string;
}

/** Every row is a fault of the key k1, put in the place of its PIN. */
const KEY_ROWS: readonly (readonly [put: string, path: string, message: RegExp])[] = [
  ["pin: ‸274936", "keys[0].pin", /^digits without quotes; a PIN has 6, in quotes$/],
  ["pin: ‸012345", "keys[0].pin", /^digits without quotes/],
  ["pin: ‸1e5", "keys[0].pin", /^digits without quotes/],
  ["pin: !!str ‸274936", "keys[0].pin", /^digits without quotes/],
  ['pin: ‸"27493"', "keys[0].pin", /^5 digits, a PIN has 6, in quotes$/],
  ['pin: ‸"2749361"', "keys[0].pin", /^7 digits, a PIN has 6/],
  ['pin: ‸""', "keys[0].pin", /^0 characters that are not all digits/],
  ['pin: ‸"27493a"', "keys[0].pin", /^6 characters that are not all digits/],
  ['pin: ‸"٢٧٤٩٣٦"', "keys[0].pin", /^6 characters that are not all digits/],
  ["pin:‸", "keys[0].pin", /^nothing; a PIN has 6/],
  ["‸pin: [ 2, 7 ]", "keys[0].pin", /^a list; a PIN has 6/],
  ["duressPin: ‸618340", "keys[0].duressPin", /^digits without quotes; a duress PIN/],
  ["enabled: ‸yes", "keys[0].enabled", /^"yes", expected true or false$/],
  ["role: ‸boss", "keys[0].role", /^"boss", expected user or admin$/],
  ["kind: ‸visitor", "keys[0].kind", /expected staff, resident, tour or guest$/],
  ["issue: ‸0", "keys[0].issue", /^the number 0, expected an issue number, a whole number from 1/],
  ["issue: ‸1.5", "keys[0].issue", /^the number 1.5, expected an issue number/],
  ["remote: ‸1", "keys[0].remote", /^the number 1, expected true or false$/],
  ["validFrom: ‸2026-12-01T14:00Z", "keys[0].validFrom", /expected wall time at the door without offset/],
  ["validFrom: ‸2026-12-01T14:00-05:00", "keys[0].validFrom", /without offset/],
  ["validUntil: ‸2026-02-29", "keys[0].validUntil", /or a date, that exists$/],
  ["validUntil: ‸2026-12-01T24:00", "keys[0].validUntil", /that exists$/],
  ["validUntil:‸", "keys[0].validUntil", /^nothing, expected wall time/],
  ["validFrom: ‸2026-12-01 14:00", "keys[0].validFrom", /^"2026-12-01 14:00", expected wall time/],
  ["validFrom: ‸2026-12-01T14:00:00.5", "keys[0].validFrom", /expected wall time/],
  ["validFrom: ‸2026-1-1", "keys[0].validFrom", /expected wall time/],
  ["validFrom: ‸2026", "keys[0].validFrom", /^the number 2026, expected wall time/],
  ["validUntil: ‸2100-02-29", "keys[0].validUntil", /that exists$/],
  ["pin: ‸>-\n      274936", "keys[0].pin", /^digits without quotes/],
  ['pin: ‸"274936 "', "keys[0].pin", /^7 characters that are not all digits/],
  ["‸<<: { pin: kept }", "keys[0].<<", /^an unknown field/],
  ["‸pinn: x", "keys[0].pinn", /^an unknown field, expected id, user, doors,/],
  ["otp: ‸x", "keys[0].otp", /^"x", expected otp: a mapping$/],
  ["‸otp: { type: totp }", "keys[0].otp.secret", /^missing, and required$/],
  ["otp: { type: ‸motp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ }", "keys[0].otp.type", /expected totp or hotp$/],
  ["otp: { type: totp, secret: ‸GEZDGNBVGY3TQOJQ1 }", "keys[0].otp.secret", /^not base32/],
  ["otp: { type: totp, secret: ‸JBSWY3DPEHPK3PXP }", "keys[0].otp.secret", /^80 bits, a secret has at least 128/],
  ["otp: { type: totp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ, slot: ‸42 }", "keys[0].otp.slot", /^digits without/],
  ['otp: { type: totp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ, slot: ‸"4" }', "keys[0].otp.slot", /2 to 4/],
  [
    "otp: { type: totp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ, digits: ‸8 }",
    "keys[0].otp.digits",
    /expected digits, 6$/,
  ],
  [
    "otp: { type: totp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ, algorithm: ‸MD5 }",
    "keys[0].otp.algorithm",
    /SHA512$/,
  ],
];

/** The restriction of k1. */
const RESTRICTION_ROWS: readonly (readonly [put: string, path: string, message: RegExp])[] = [
  ["restriction: ‸never", "keys[0].restriction", /^"never", expected none, one-time, \{ uses: N \}/],
  ["restriction:‸", "keys[0].restriction", /^nothing, expected none/],
  ["‸restriction: []", "keys[0].restriction", /^an empty list, expected none/],
  ["restriction: [ one-time, ‸none ]", "keys[0].restriction[1]", /^none in a list; it stands alone$/],
  ["restriction: { uses: ‸0 }", "keys[0].restriction.uses", /^the number 0, expected a number of uses/],
  ["restriction: [ { uses: ‸two } ]", "keys[0].restriction[0].uses", /^"two", expected a number of uses/],
  ["‸restriction: { uses: 1, afterFirstUse: 30m }", "keys[0].restriction", /^not exactly one restriction/],
  ["‸restriction: {}", "keys[0].restriction", /^not exactly one restriction/],
  ["restriction: { afterFirstUse: ‸30s }", "keys[0].restriction.afterFirstUse", /from 1m to 2d$/],
  ["restriction: { afterFirstUse: ‸30 }", "keys[0].restriction.afterFirstUse", /such as 5s, 30m, 2h or 7d$/],
  ["restriction: { afterFirstUse: ‸1h30m }", "keys[0].restriction.afterFirstUse", /such as 5s/],
  ["restriction: { ‸window: [] }", "keys[0].restriction.window", /^an unknown field, expected uses,/],
  [
    "restriction: { windows: [ { days: ‸mo, from: 09:00, to: 10:00 } ] }",
    "keys[0].restriction.windows[0].days",
    /^"mo", expected days/,
  ],
  [
    "restriction: { windows: [ { ‸days: [], from: 09:00, to: 10:00 } ] }",
    "keys[0].restriction.windows[0].days",
    /^an empty list, expected days$/,
  ],
  [
    "restriction: { windows: [ { days: [mon, ‸mon-], from: 09:00, to: 10:00 } ] }",
    "keys[0].restriction.windows[0].days[1]",
    /expected days/,
  ],
  [
    "restriction: { windows: [ { days: mon, from: ‸9:00, to: 10:00 } ] }",
    "keys[0].restriction.windows[0].from",
    /^"9:00", expected a time of day/,
  ],
  [
    "restriction: { windows: [ { days: mon, from: ‸24:00, to: 10:00 } ] }",
    "keys[0].restriction.windows[0].from",
    /before 24:00$/,
  ],
  [
    "restriction: { windows: [ { days: mon, from: 09:00, to: ‸24:01 } ] }",
    "keys[0].restriction.windows[0].to",
    /at most 24:00$/,
  ],
  [
    "restriction: { windows: [ { days: mon, from: 09:00, to: ‸10:60 } ] }",
    "keys[0].restriction.windows[0].to",
    /expected a time/,
  ],
  [
    'restriction: { windows: [ { days: mon, from: ‸"09:00:00", to: 10:00 } ] }',
    "keys[0].restriction.windows[0].from",
    /^"09:00:00", expected a time of day/,
  ],
  [
    "restriction: { windows: [ { days: mon, from: ‸9, to: 10:00 } ] }",
    "keys[0].restriction.windows[0].from",
    /^the number 9, expected a time of day/,
  ],
  [
    "restriction: { windows: [ { days: ‸none, from: 09:00, to: 10:00 } ] }",
    "keys[0].restriction.windows[0].days",
    /^"none", expected days/,
  ],
  ["restriction: { schedules: ‸nights }", "keys[0].restriction.schedules", /^"nights", expected a list/],
  ["restriction: { uses: ‸1.5 }", "keys[0].restriction.uses", /^the number 1.5, expected a number of uses/],
  [
    "restriction: { windows: [ ‸{ days: mon, from: 09:00 } ] }",
    "keys[0].restriction.windows[0].to",
    /^missing, and required$/,
  ],
];

/** Fields of the door front, put in the place of its contact. */
const DOOR_ROWS: readonly (readonly [put: string, path: string, message: RegExp])[] = [
  ["contact: ‸0", "doors[0].contact", /^the number 0, expected an input: a mapping$/],
  ["contact: { input: ‸-1 }", "doors[0].contact.input", /a whole number from 0 to 31$/],
  ["strike: { release: ‸121s }", "doors[0].strike.release", /^"121s", expected a release from 1s to 2m$/],
  ["strike: { release: ‸0s }", "doors[0].strike.release", /from 1s to 2m$/],
  ["strike: { fail: ‸open }", "doors[0].strike.fail", /expected secure or safe$/],
  ["preAlarm: ‸2h", "doors[0].preAlarm", /from 0s to 1h$/],
  ["heldOpenAfter: ‸0s", "doors[0].heldOpenAfter", /from 1s to 1d$/],
  ["mode: ‸party", "doors[0].mode", /expected normal, tour, resident, privacy, vacation or lockdown$/],
  ["masterCode: ‸904152", "doors[0].masterCode", /^digits without quotes; a master code has 6/],
  ['codeEntry: { submit: ["‸+"] }'.replace('"‸+"', '‸"+"'), "doors[0].codeEntry.submit[0]", /expected # or \*$/],
  ["codeEntry: { timeout: ‸2s }", "doors[0].codeEntry.timeout", /from 3s to 10s$/],
  ["keypadGroup: ‸Lobby", "doors[0].keypadGroup", /expected an id of a-z/],
  ["interlock: ‸back", "doors[0].interlock", /expected a list of door ids$/],
  ["clockUnknown: ‸maybe", "doors[0].clockUnknown", /expected deny or allow$/],
  ["bareCodes: ‸-1", "doors[0].bareCodes", /a whole number from 0/],
  ["phones: { pairing: ‸on }", "doors[0].phones.pairing", /expected true or false$/],
  ["‸businessHours: {}", "doors[0].businessHours.windows", /^missing, and required$/],
  [
    "businessHours: { windows: [ { days: mon, from: 09:00, to: 10:00 } ], firstIn: { who: ‸users } }",
    "doors[0].businessHours.firstIn.who",
    /expected admins, or a list of user ids$/,
  ],
  ["timezone: ‸5", "doors[0].timezone", /expected an IANA zone/],
];

const OTHER_ROWS: readonly Row[] = [
  {
    name: "no site",
    edits: [[SITE_TEXT.split("\n")[0]!, "‸edgess: []"]],
    path: "edgess",
    message: /^an unknown field/,
  },
  {
    name: "a site without a zone",
    edits: [
      [", timezone: America/New_York", ""],
      ["site: {", "‸site: {"],
    ],
    path: "site.timezone",
    message: /^missing/,
  },
  {
    name: "a country in small letters",
    edits: [["country: US", "country: ‸us"]],
    path: "site.country",
    message: /two capital letters/,
  },
  { name: "an id in capitals", edits: [["id: k1", "id: ‸K1"]], path: "keys[0].id", message: /an id of a-z, 0-9 and -/ },
  {
    name: "an id of 33 characters",
    edits: [["id: k1", `id: ‸${"a".repeat(33)}`]],
    path: "keys[0].id",
    message: /at most 32/,
  },
  {
    name: "an id that YAML takes for a number",
    edits: [["id: k1", "id: ‸101"]],
    path: "keys[0].id",
    message: /^the number 101, expected an id .*, in quotes$/,
  },
  {
    name: "a key without doors",
    edits: [
      ["    doors: [front]\n", ""],
      ["- id: k1", "- ‸id: k1"],
    ],
    path: "keys[0].doors",
    message: "missing, and required",
  },
  {
    name: "a key without restriction",
    edits: [
      ["    restriction: none\n", ""],
      ["- id: k1", "- ‸id: k1"],
    ],
    path: "keys[0].restriction",
    message: "missing, and required",
  },
  {
    name: "doors that are one word",
    edits: [["doors: [front]", "doors: ‸front"]],
    path: "keys[0].doors",
    message: /expected all, or a list of door ids$/,
  },
  {
    name: "a PD address of 127 (OSDP: broadcast)",
    edits: [["bus: b1, address: 1", "bus: b1, address: ‸127"]],
    path: "doors[1].controller.address",
    message: /0 to 126$/,
  },
  {
    name: "a baud rate that no line has",
    edits: [["baud: 9600", "baud: ‸9601"]],
    path: "buses[0].baud",
    message: /9600, 19200, 38400/,
  },
  {
    name: "a bus without a port",
    edits: [["{ id: b2, edge: e2, port: sim }", "‸{ id: b2, edge: e2 }"]],
    path: "buses[1].port",
    message: /^missing/,
  },
  {
    name: "a national phone number",
    edits: [["name: Front Desk", "phone: ‸(212) 555-0123"]],
    path: "users[0].phone",
    message: /E\.164/,
  },
  {
    name: "an unquoted phone number",
    edits: [["name: Front Desk", "phone: ‸+12125550123"]],
    path: "users[0].phone",
    message: /in quotes$/,
  },
  {
    name: "an e-mail address without a host",
    edits: [["name: Front Desk", "email: ‸desk@"]],
    path: "users[0].email",
    message: /an e-mail address$/,
  },
  {
    name: "keys that are a mapping",
    edits: [["keys:\n  - id: k1", "‸keys:\n    id: k1"]],
    path: "keys",
    message: /^a mapping, expected a list of keys$/,
  },
  {
    name: "an empty list written as nothing",
    edits: [["schedules:\n", "units:‸\nschedules:\n"]],
    path: "units",
    message: /^nothing, expected a list of units$/,
  },
  {
    name: "a holiday that is no date",
    edits: [["schedules:\n", "holidays: [ { id: h, date: ‸2026-13-01 } ]\nschedules:\n"]],
    path: "holidays[0].date",
    message: /that exists$/,
  },
  {
    name: "a holiday every month",
    edits: [["schedules:\n", "holidays: [ { id: h, date: 2026-12-25, every: ‸month } ]\nschedules:\n"]],
    path: "holidays[0].every",
    message: /expected year$/,
  },
  {
    name: "holiday hours with days",
    edits: [
      [
        "schedules:\n",
        "holidays: [ { id: h, date: 2026-12-25, hours: [ { ‸days: mon, from: 09:00, to: 12:00 } ] } ]\nschedules:\n",
      ],
    ],
    path: "holidays[0].hours[0].days",
    message: /^an unknown field, expected from or to$/,
  },
];

const PIN = '    pin: "274936"';
const SHAPE_ROWS: readonly Row[] = [
  ...KEY_ROWS.map(([put, path, message]) => ({ name: put, edits: [[PIN, `    ${put}`]] as const, path, message })),
  ...RESTRICTION_ROWS.map(([put, path, message]) => ({
    name: put,
    edits: [["restriction: none", put]] as const,
    path,
    message,
  })),
  ...DOOR_ROWS.map(([put, path, message]) => ({
    name: put,
    edits: [["contact: { input: 0 }", put]] as const,
    path,
    message,
  })),
  ...OTHER_ROWS,
];

for (const { name, edits, path, message } of SHAPE_ROWS) {
  test(`a fault of shape: ${name}`, (t) => {
    const { text, places } = marked(edited(SITE_TEXT, edits));
    const read = readSite(text);
    t.equal(read.site, null);
    const found = read.problems.find((problem) => problem.path === path);
    t.match(found, { severity: "error", path, ...places[0], message }, JSON.stringify(read.problems));
    t.end();
  });
}

test("all faults of shape are named at once, in the order of the file, and no meaning is judged beside them", (t) => {
  const { text, places } = marked(
    edited(SITE_TEXT, [
      ["address: 1", "address: ‸x"],
      ["days: [fri, sat]", "days: ‸never"],
      ["user: u1", "user: nobody"],
      ['pin: "274936"', "pin: ‸1\n    ‸colour: red"],
    ]),
  );
  t.same(
    readSite(text).problems.map(({ path, line, column }) => ({ path, line, column })),
    ["doors[1].controller.address", "schedules[0].windows[0].days", "keys[0].pin", "keys[0].colour"].map(
      (path, at) => ({
        path,
        ...places[at]!,
      }),
    ),
  );
  t.end();
});

const unreadable = [
  { name: "a flow mapping left open", text: "site: { id: hq", line: 1 },
  {
    name: "a field said twice",
    text: "site:\n  id: hq\n  ‸id: hq\n",
    message: "the field id stands twice in one mapping",
  },
  { name: "a field said twice, once in quotes", text: 'site: { id: a, ‸"id": b }', message: /stands twice/ },
  { name: "a tab for indentation", text: "site:\n\tid: hq\n" },
  { name: "an alias of nothing", text: "site: *nowhere\n" },
  {
    name: "two documents",
    text: "site: 1\n‸---\nsite: 2\n",
    message: "a second document begins here, expected one",
  },
  { name: "a mapping as a field's name", text: "{ { a: b }: c }" },
  { name: "YAML 1.1, where 012345 is another number", text: "%YAML 1.1\n---\nsite: {}\n" },
  { name: "a tag that says another type", text: "site: !!binary aGk=\n" },
];
for (const { name, text: withMark, message } of unreadable) {
  test(`no YAML that can be read: ${name}`, (t) => {
    const { text, places } = marked(withMark);
    const read = readSite(text);
    t.ok(read.unreadable);
    t.equal(read.site, null);
    t.equal(read.problems.length, 1);
    t.match(read.problems[0], { severity: "error", path: "", ...(places[0] ?? {}), ...(message ? { message } : {}) });
    t.end();
  });
}

test("nesting without end is refused and not run into", (t) => {
  t.ok(readSite("[".repeat(200_000)).unreadable);
  const deep = `groups: ${"[".repeat(40)}${"]".repeat(40)}\n${SITE_TEXT}`;
  t.match(readSite(deep).problems, [{ message: "nested too deeply" }]);
  t.end();
});

for (const text of ["", "# only a comment\n", "null\n", "- a\n- b\n", '"text"', "42"])
  test(`YAML, but no site: ${JSON.stringify(text)}`, (t) => {
    const read = readSite(text);
    t.equal(read.unreadable, null);
    t.match(read.problems, [
      { severity: "error", line: /\d/, column: /\d/, path: "", message: /expected a site file: a mapping$/ },
    ]);
    t.end();
  });

test("what is left out has the defaults of design 5.2", (t) => {
  const { site, problems } = readSite(`site: { id: hq, timezone: Europe/Berlin }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: sim } ]
doors: [ { id: front, controller: { bus: b1, address: 0 } } ]
holidays: [ { id: h, date: 2026-12-25 } ]
users: [ { id: u1 }, { id: u2, kind: tour } ]
keys:
  - { id: k1, user: u1, doors: all, restriction: none }
  - { id: k2, user: u2, doors: [front], restriction: one-time, otp: { type: totp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ } }
`);
  t.same(problems, []);
  t.same(site, {
    site: { id: "hq", name: "hq", timezone: "Europe/Berlin", country: null },
    edges: [{ id: "e1" }],
    buses: [{ id: "b1", edge: "e1", port: "sim", baud: 9600 }],
    doors: [
      {
        id: "front",
        name: "front",
        timezone: "Europe/Berlin",
        controller: { bus: "b1", address: 0 },
        strike: { output: 0, release: 5000, extendedRelease: 15_000, fail: "secure" },
        contact: null,
        rex: null,
        fireRelease: null,
        heldOpenAfter: 30_000,
        preAlarm: 10_000,
        masterCode: null,
        mode: "normal",
        codeEntry: { submit: ["#"], clear: ["*"], autoSubmit: false, timeout: 10_000 },
        keypadGroup: null,
        interlock: [],
        giveBack: false,
        clockUnknown: "deny",
        bareCodes: 250,
        phones: { pairing: false },
        businessHours: null,
      },
    ],
    units: [],
    schedules: [],
    holidays: [{ id: "h", date: "2026-12-25", doors: "all", hours: "unchanged", access: "unchanged", yearly: false }],
    users: [
      { id: "u1", name: "u1", phone: null, email: null, kind: "staff", language: null },
      { id: "u2", name: "u2", phone: null, email: null, kind: "tour", language: null },
    ],
    groups: [],
    keys: [
      {
        id: "k1",
        user: "u1",
        doors: "all",
        restrictions: [],
        role: "user",
        kind: "staff",
        pin: null,
        duressPin: null,
        validFrom: null,
        validUntil: null,
        enabled: true,
        issue: 1,
        remote: false,
        extended: false,
        otp: null,
      },
      {
        id: "k2",
        user: "u2",
        doors: ["front"],
        restrictions: [{ kind: "one-time" }],
        role: "user",
        kind: "tour",
        pin: null,
        duressPin: null,
        validFrom: null,
        validUntil: null,
        enabled: true,
        issue: 1,
        remote: false,
        extended: false,
        otp: {
          type: "totp",
          secret: new SecretText("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
          slot: null,
          digits: 6,
          period: 30,
          algorithm: "SHA1",
          counter: 0,
        },
      },
    ],
  });
  t.end();
});

/** What is written in a field of k1, and what the key then holds. */
const taken: readonly { put: string; key: object }[] = [
  { put: "restriction: one-time", key: { restrictions: [{ kind: "one-time" }] } },
  { put: "restriction: { uses: 3 }", key: { restrictions: [{ kind: "uses", uses: 3 }] } },
  {
    put: "restriction: { afterFirstUse: 2d }",
    key: { restrictions: [{ kind: "after-first-use", length: 172_800_000 }] },
  },
  {
    put: "restriction: { schedules: [nights] }",
    key: { restrictions: [{ kind: "scheduled", schedules: ["nights"], windows: [] }] },
  },
  {
    put: "restriction: [ one-time, { windows: [ { days: daily, from: 00:00, to: 24:00 } ] } ]",
    key: {
      restrictions: [
        { kind: "one-time" },
        { kind: "scheduled", schedules: [], windows: [{ days: 127, from: 0, length: 1440 }] },
      ],
    },
  },
  {
    put: 'restriction: { windows: [ { days: sat-mon, from: "22:00", to: "06:00" } ] }',
    key: {
      restrictions: [{ kind: "scheduled", schedules: [], windows: [{ days: 0b1100001, from: 1320, length: 480 }] }],
    },
  },
  {
    put: "restriction: { windows: [ { days: [mon, wed-fri], from: 09:00, to: 09:00 } ] }",
    key: {
      restrictions: [{ kind: "scheduled", schedules: [], windows: [{ days: 0b0011101, from: 540, length: 1440 }] }],
    },
  },
  { put: "restriction: none\n    validFrom: 2026-12-01T14:00", key: { validFrom: "2026-12-01T14:00:00" } },
  { put: "restriction: none\n    validUntil: 2026-12-08", key: { validUntil: "2026-12-08" } },
  { put: 'restriction: none\n    validUntil: "2026-12-08"', key: { validUntil: "2026-12-08" } },
  { put: "restriction: none\n    validFrom: 2027-03-14T02:30", key: { validFrom: "2027-03-14T02:30:00" } }, // In a gap.
  { put: "restriction: none\n    validFrom: 2028-02-29", key: { validFrom: "2028-02-29" } },
  { put: "restriction: none\n    validUntil: 9999-12-31", key: { validUntil: "9999-12-31" } },
];
for (const { put, key } of taken) {
  test(`taken: ${put}`, (t) => {
    const { site, problems } = readSite(edited(SITE_TEXT, [["restriction: none", put]]));
    t.same(problems, []);
    t.match(site?.keys[0], key);
    t.end();
  });
}

const forms: readonly { name: string; of: (text: string) => string }[] = [
  { name: "Windows line ends", of: (text) => text.replaceAll("\n", "\r\n") },
  { name: "a mark at its beginning", of: (text) => `---\n${text}` },
  { name: "a mark at its end", of: (text) => `${text}...\n` },
  { name: "its version of YAML", of: (text) => `%YAML 1.2\n---\n${text}` },
  { name: "empty lines and comments", of: (text) => text.replaceAll("\n", "\n\n  # a comment\n") },
  { name: "tabs behind its colons", of: (text) => text.replaceAll("id: ", "id:\t") },
  { name: "no line end at its end", of: (text) => text.trimEnd() },
];
for (const { name, of } of forms) {
  test(`a file with ${name} is a file like any other`, (t) => {
    const { site, problems } = readSite(of(SITE_TEXT));
    t.not(of(SITE_TEXT), SITE_TEXT);
    t.same(problems, []);
    t.equal(JSON.stringify(site), JSON.stringify(readSite(SITE_TEXT).site));
    t.end();
  });
}

test("a PIN keeps its leading zeros, kept stays kept, with quotes or without", (t) => {
  const pinOf = (written: string) => readSite(edited(SITE_TEXT, [['"274936"', written]])).site?.keys[0]?.pin;
  const shown = (pin: unknown) => (pin instanceof SecretText ? pin.use((digits) => digits) : pin);
  t.equal(shown(pinOf('"012345"')), "012345");
  t.equal(shown(pinOf("'000001'")), "000001");
  t.equal(pinOf("kept"), "kept");
  t.equal(pinOf('"kept"'), "kept");
  t.end();
});

test("a default extended release never exceeds what one timed output holds", (t) => {
  const { site } = readSite(edited(SITE_TEXT, [["contact: { input: 0 }", "strike: { release: 60s }"]]));
  t.match(site?.doors[0]?.strike, { release: 60_000, extendedRelease: 120_000 });
  t.end();
});

test("a * that submits does not clear as well (d2.2)", (t) => {
  const { site } = readSite(edited(SITE_TEXT, [["contact: { input: 0 }", 'codeEntry: { submit: ["#", "*"] }']]));
  t.match(site?.doors[0]?.codeEntry, { submit: ["#", "*"], clear: [] });
  t.end();
});

test("anchors and aliases are followed, and their faults named where the alias stands", (t) => {
  const text = edited(SITE_TEXT, [
    ["windows: [", "windows: &always ["],
    ["restriction: none", "restriction: { windows: *always }"],
  ]);
  t.match(readSite(text), { site: { keys: [{ restrictions: [{ windows: [{ days: 48 }] }] }] }, problems: [] });
  const bomb = `a: &a [1]\nsite: *a\n${SITE_TEXT.slice(SITE_TEXT.indexOf("edges"))}`;
  t.match(readSite(bomb), { site: null });
  t.end();
});

test("an alias that holds itself ends", (t) => {
  t.equal(readSite(edited(SITE_TEXT, [["schedules:\n", "groups: &g [ *g ]\nschedules:\n"]])).site, null);
  t.end();
});

/** Ten lists, each of ten times the one before. */
const laughs = ["  - &a0 [x, x, x, x, x, x, x, x, x, x]"];
for (let at = 1; at < 10; at += 1)
  laughs.push(
    `  - &a${at} [${Array(10)
      .fill(`*a${at - 1}`)
      .join(", ")}]`,
  );
const many = (count: number, each: (at: number) => string) => Array.from({ length: count }, (_, at) => each(at));
const bombs = [
  {
    name: "aliases of aliases of aliases",
    text: `groups:\n${laughs.join("\n")}\n`,
    says: "values, aliases counted each time",
  },
  {
    name: "100,000 fields in one mapping",
    text: many(100_000, (at) => `k${at}: 1`).join("\n"),
    says: "more problems are not shown",
  },
  {
    name: "100,000 aliases of one list",
    text: `groups:\n  - &a [x]\n${many(100_000, () => "  - *a").join("\n")}`,
    says: "expected",
  },
];

for (const { name, text, says } of bombs) {
  test(`${name}: an answer all the same, and soon`, (t) => {
    const begun = performance.now();
    const { site, problems } = readSite(text);
    const took = performance.now() - begun;
    t.equal(site, null);
    t.ok(
      problems.some(({ message }) => message.includes(says)),
      says,
    );
    // Alone on a machine each takes about a second; read in steps that grow with the square, a minute and more.
    t.ok(took < 20_000, `${Math.round(took)} ms`);
    t.end();
  });
}

test("no message holds the digits of a code, wherever it was written", (t) => {
  const wrong = [
    "274936: x",
    'colour: "274936"',
    "issue: 274936x",
    "user: 274936",
    "validFrom: 274936",
    'kind: "274936"',
  ];
  for (const put of wrong) {
    const { problems } = readSite(
      edited(SITE_TEXT, [
        ['    pin: "274936"', `    ${put}`],
        ["user: u1\n", put.startsWith("user") ? "" : "user: u1\n"],
      ]),
    );
    t.ok(problems.length > 0, put);
    t.notMatch(JSON.stringify(problems), /274936/, put);
  }
  t.end();
});
