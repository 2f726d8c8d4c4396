/** `lintel explain` as people and programs meet it (design 5.4). What the decision itself answers is edge/access's. */
import { test } from "tap";
import { lintel } from "../../test/support/command-line.ts";
import { edited, SITE_TEXT } from "../../test/support/site-text.ts";

/** front and back on edge e1, far on e2; New York. */
const TEXT = edited(SITE_TEXT, [
  ["contact: { input: 0 }", 'masterCode: "904152"'],
  [
    '    pin: "274936"\n',
    `    pin: "274936"
  - id: office
    user: u2
    doors: [front]
    restriction: { windows: [ { days: mon-fri, from: "09:00", to: "17:00" } ] }
    pin: "012345"
  - { id: away, user: u2, doors: [far], restriction: none, pin: "538217" }
  - { id: other, user: u2, doors: [back], restriction: none, pin: "406182" }
  - { id: kept, user: u2, doors: [front], restriction: none, pin: kept }
`,
  ],
]);

const SATURDAY = "2026-12-05T09:30:00-05:00";
const ask = (file: string, door: string, at: string, code: string) =>
  ["explain", "--site", file, "--door", door, "--at", at, "--code", code] as const;

const KEPT = /^lintel explain: .*site\.yaml: warning: keys\/kept\/pin is kept: its code matches nothing here\n$/;

test("a denial as JSON has the fields in their order, all rules, and when it opens next; exit 1", async (t) => {
  const file = `${t.testdir({ "site.yaml": TEXT })}/site.yaml`;
  const { exit, out, err } = await lintel([...ask(file, "front", SATURDAY, "012345"), "--json"]);
  t.equal(exit, 1);
  t.match(err, KEPT);
  const answer = JSON.parse(out);
  t.same(Object.keys(answer), ["door", "at", "local", "outcome", "reasons", "key", "user", "rules", "nextOpen"]);
  t.match(answer, {
    door: "front",
    at: SATURDAY,
    local: "2026-12-05T09:30:00-05:00",
    outcome: "deny",
    reasons: ["outside-window"],
    key: "office",
    user: "u2",
    nextOpen: "2026-12-07T14:00:00Z",
  });
  t.same(
    answer.rules.map(({ rule, ok, why }: { rule: string; ok: boolean; why: string }) => [rule, ok, typeof why]),
    ["enabled", "door", "mode", "from", "until", "window", "holiday", "uses", "first-use", "clock"].map((rule) => [
      rule,
      rule !== "window",
      "string",
    ]),
  );
});

test("for people: a sentence, then the rules; a grant is exit 0", async (t) => {
  const file = `${t.testdir({ "site.yaml": TEXT })}/site.yaml`;
  const denied = await lintel(ask(file, "front", SATURDAY, "012345"));
  t.equal(denied.exit, 1);
  t.match(denied.out, /^This key opens the front door Mon–Fri 09:00–17:00; it is Saturday; next: Monday 09:00\.\n/);
  t.match(denied.out, /\n {2}denied: outside-window\n {2}at 2026-12-05T09:30:00-05:00, key office of u2\n/);
  t.match(denied.out, /\n {2}FAIL {2}window +\S/);
  const granted = await lintel(ask(file, "front", SATURDAY, "274936"));
  t.equal(granted.exit, 0);
  t.match(granted.out, /\n {2}granted\n/);
  t.notMatch(granted.out + denied.out, /274936|012345/);
});

const answers = [
  {
    name: "a granted key",
    door: "front",
    code: "274936",
    answer: { outcome: "grant", reasons: [], key: "k1", user: "u1", nextOpen: "2026-12-05T14:30:00Z" },
  },
  {
    name: "a master code",
    door: "front",
    code: "904152",
    answer: { outcome: "grant", reasons: [], key: null, via: "master", user: null, rules: [] },
  },
  {
    name: "a code of another door",
    door: "front",
    code: "406182",
    answer: {
      outcome: "deny",
      reasons: ["wrong-door"],
      key: "other",
      nextOpen: null,
      rules: [{ rule: "door", ok: false }],
    },
  },
  {
    name: "a code of another edge",
    door: "front",
    code: "538217",
    answer: { outcome: "deny", reasons: ["unknown-code"], key: null, user: null, rules: [], nextOpen: null },
  },
  { name: "the same code at its own door", door: "far", code: "538217", answer: { outcome: "grant", key: "away" } },
  {
    name: "an unknown code",
    door: "front",
    code: "000000",
    answer: { outcome: "deny", reasons: ["unknown-code"], key: null, rules: [] },
  },
  {
    name: "five digits",
    door: "front",
    code: "27493",
    answer: { reasons: ["wrong-length"], key: null, rules: [], nextOpen: null },
  },
  {
    name: "seven digits that begin with a code",
    door: "front",
    code: "2749361",
    answer: { reasons: ["wrong-length"] },
  },
  { name: "an empty entry", door: "front", code: "", answer: { reasons: ["wrong-length"] } },
  { name: "letters", door: "front", code: "27493a", answer: { reasons: ["wrong-length"] } },
  { name: "kept, as a code", door: "front", code: "kept", answer: { reasons: ["wrong-length"] } },
] as const;
for (const { name, door, code, answer } of answers)
  test(`${name}: the same answer alone and in --cases, which exits 0`, async (t) => {
    const file = `${t.testdir({ "site.yaml": TEXT })}/site.yaml`;
    const one = await lintel([...ask(file, door, SATURDAY, code), "--json"]);
    const cases = await lintel(
      ["explain", "--site", file, "--cases", "-"],
      JSON.stringify({ door, at: SATURDAY, code }),
    );
    t.match(JSON.parse(one.out), { door, at: SATURDAY, ...answer });
    t.equal(one.exit, JSON.parse(one.out).outcome === "grant" ? 0 : 1);
    t.equal(cases.out, one.out);
    t.equal(cases.exit, 0);
  });

test("cases are answered a line each, in order, with `at` as it was given; blank lines are none", async (t) => {
  const lines = [
    { door: "front", at: "2026-12-07T14:00:00Z", code: "012345" },
    { door: "front", at: "2026-12-07t13:59:59.999z", code: "012345" },
    { door: "far", at: "2026-07-01T00:00:00+02:00", code: "000000" },
  ];
  const text = `${lines.map((line) => JSON.stringify(line)).join("\r\n\n")}\n`;
  const dir = t.testdir({ "site.yaml": TEXT, "cases.jsonl": text });
  const { exit, out } = await lintel(["explain", "--site", `${dir}/site.yaml`, "--cases", `${dir}/cases.jsonl`]);
  t.equal(exit, 0);
  t.match(
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
    [
      { at: lines[0]!.at, local: "2026-12-07T09:00:00-05:00", outcome: "grant", nextOpen: "2026-12-07T14:00:00Z" },
      { at: lines[1]!.at, local: "2026-12-07T08:59:59.999-05:00", outcome: "deny", nextOpen: "2026-12-07T14:00:00Z" },
      { at: lines[2]!.at, local: "2026-06-30T18:00:00-04:00", outcome: "deny", reasons: ["unknown-code"] },
    ],
  );
});

test("a code from a file or from standard input is read without its line end", async (t) => {
  const dir = t.testdir({ "site.yaml": TEXT, code: "274936\n" });
  t.equal((await lintel(ask(`${dir}/site.yaml`, "front", SATURDAY, `@${dir}/code`))).exit, 0);
  t.equal((await lintel(ask(`${dir}/site.yaml`, "front", SATURDAY, "-"), "274936\n")).exit, 0);
  t.equal((await lintel(ask(`${dir}/site.yaml`, "front", SATURDAY, "-"), "274937\n")).exit, 1);
  t.equal((await lintel(ask(`${dir}/site.yaml`, "front", SATURDAY, `@${dir}/none`))).exit, 2);
});

const CASE = `{"door":"front","at":"${SATURDAY}","code":"274936"}`;
const badCases = [
  {
    name: "an unknown door",
    line: CASE.replace("front", "attic"),
    err: /cases\.jsonl:2: door: there is no door 'attic'/,
  },
  {
    name: "an instant without an offset",
    line: CASE.replace("-05:00", ""),
    err: /cases\.jsonl:2: at: '2026-12-05T09:30:00' is not an instant/,
  },
  { name: "a day that does not exist", line: CASE.replace("12-05", "02-30"), err: /cases\.jsonl:2: at: / },
  { name: "no JSON", line: "front", err: /cases\.jsonl:2: not JSON/ },
  { name: "a list", line: "[]", err: /cases\.jsonl:2: expected an object/ },
  { name: "no code", line: CASE.replace("code", "pin"), err: /cases\.jsonl:2: code: missing/ },
  {
    name: "a code that is a number",
    line: CASE.replace('"274936"', "274936"),
    err: /cases\.jsonl:2: code: expected text in quotes/,
  },
];
for (const { name, line, err } of badCases)
  test(`${name} among cases: exit 2, file and line named, nothing answered`, async (t) => {
    const dir = t.testdir({ "site.yaml": TEXT, "cases.jsonl": `${CASE}\n${line}\n` });
    const ran = await lintel(["explain", "--site", `${dir}/site.yaml`, "--cases", `${dir}/cases.jsonl`]);
    t.match(ran, { exit: 2, out: "", err });
    t.notMatch(ran.err, /274936/);
  });

test("alone: an unknown door, a bad instant, too little and too much are exit 2 with their names", async (t) => {
  const file = `${t.testdir({ "site.yaml": TEXT })}/site.yaml`;
  t.match(await lintel(ask(file, "attic", SATURDAY, "274936")), {
    exit: 2,
    out: "",
    err: /--door: there is no door 'attic' in/,
  });
  t.match(await lintel(ask(file, "front", "Saturday", "274936")), {
    exit: 2,
    out: "",
    err: /--at: 'Saturday' is not an instant/,
  });
  t.match(await lintel(["explain", "--site", file, "--door", "front"]), { exit: 2, err: /needs --door/ });
  t.match(await lintel(["explain", "--cases", "-"]), { exit: 2, err: /which site file/ });
  t.match(await lintel(["explain", "--site", file, "--cases", "-", "--door", "front"]), {
    exit: 2,
    err: /stands alone/,
  });
  t.match(await lintel(["explain", "--site", file, "--cases", `${file}.none`]), {
    exit: 2,
    err: /there is no such file/,
  });
  t.match(await lintel(["explain", "--help"]), { exit: 0, out: /^lintel explain --site FILE/ });
});

test("a faulty site file is refused with all of its errors, exit 2", async (t) => {
  const faulty = edited(TEXT, [
    ["user: u1\n", "user: u9\n"],
    ["address: 1", "address: 0"],
  ]);
  const dir = t.testdir({ "site.yaml": faulty, "not.yaml": "{" });
  t.match(await lintel(ask(`${dir}/site.yaml`, "front", SATURDAY, "274936")), {
    exit: 2,
    out: "",
    err: /site\.yaml has errors\n.*site\.yaml:12:37: error: doors\[1\].*\n.*site\.yaml:23:11: error: keys\[0\]\.user: an unknown user u9\n/,
  });
  t.match(await lintel(ask(`${dir}/not.yaml`, "front", SATURDAY, "274936")), {
    exit: 2,
    err: /not\.yaml:1:2: not a YAML file/,
  });
  t.match(await lintel(ask(`${dir}/none.yaml`, "front", SATURDAY, "274936")), {
    exit: 2,
    err: /none\.yaml: there is no such file/,
  });
});

test("a duress code is answered as the PIN is, to the last byte (domain-rules, Duress)", async (t) => {
  const text = edited(TEXT, [
    ['pin: "274936"', 'pin: "274936"\n    duressPin: "618340"'],
    ['pin: "012345"', 'pin: "012345"\n    duressPin: "538340"'],
  ]);
  const file = `${t.testdir({ "site.yaml": text })}/site.yaml`;
  for (const door of ["front", "back"]) {
    for (const [pin, duress] of [
      ["274936", "618340"],
      ["012345", "538340"],
    ] as const) {
      for (const json of [[], ["--json"]]) {
        const [one, other] = await Promise.all(
          [pin, duress].map((code) => lintel([...ask(file, door, SATURDAY, code), ...json])),
        );
        t.same(other, one, `${door} ${pin}`);
      }
    }
  }
  const opened = await lintel([...ask(file, "front", SATURDAY, "618340"), "--json"]);
  t.match(JSON.parse(opened.out), { outcome: "grant", key: "k1", reasons: [] });
  t.notMatch(opened.out, /duress/);
});

test("an interlock is not asked: nobody stands at the doors of a file (design 5.4)", async (t) => {
  const text = edited(TEXT, [["address: 1 }", "address: 1 }\n    interlock: [front]"]]);
  const file = `${t.testdir({ "site.yaml": text })}/site.yaml`;
  const { out, exit } = await lintel([...ask(file, "back", SATURDAY, "406182"), "--json"]);
  t.equal(exit, 0);
  t.same(JSON.parse(out).reasons, []);
});

const TOKENS = edited(SITE_TEXT, [
  [
    '    pin: "274936"\n',
    `    otp: { type: hotp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ, slot: "42" }
  - id: clock
    user: u2
    doors: [back]
    restriction: none
    otp: { type: totp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ }
  - id: late
    user: u2
    doors: [front]
    restriction: none
    validFrom: 2040-01-01
    otp: { type: hotp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ, slot: "43", counter: 7 }
  - { id: lost, user: u2, doors: [front], restriction: none, otp: { type: hotp, secret: kept, slot: "44" } }
`,
  ],
]);
/** RFC 6238, appendix B, has 14050471 at this second: here the last six digits. */
const AT = "2005-03-18T01:58:31Z";
const tokens = [
  { name: "HOTP 0 in slot form", door: "front", code: "42755224", answer: { outcome: "grant", key: "k1" } },
  { name: "HOTP 9, within the look-ahead", door: "front", code: "42520489", answer: { outcome: "grant", key: "k1" } },
  { name: "without its slot", door: "front", code: "755224", answer: { reasons: ["unknown-code"], key: null } },
  { name: "another slot", door: "front", code: "45755224", answer: { reasons: ["unknown-code"], key: null } },
  { name: "a kept secret", door: "front", code: "44755224", answer: { reasons: ["unknown-code"], key: null } },
  { name: "not in force yet", door: "front", code: "43162583", answer: { reasons: ["not-yet-active"], key: "late" } },
  { name: "below its counter", door: "front", code: "43755224", answer: { reasons: ["unknown-code"], key: null } },
  { name: "TOTP of this step", door: "back", code: "050471", answer: { outcome: "grant", key: "clock" } },
  { name: "TOTP at another door", door: "front", code: "050471", answer: { reasons: ["wrong-door"], key: "clock" } },
  { name: "slot form without slots", door: "back", code: "42755224", answer: { reasons: ["wrong-length"] } },
] as const;
for (const { name, door, code, answer } of tokens) {
  test(`one-time codes, ${name}: counters fresh, and nextOpen is at or null (design 5.4)`, async (t) => {
    const file = `${t.testdir({ "site.yaml": TOKENS })}/site.yaml`;
    const told = JSON.parse((await lintel([...ask(file, door, AT, code), "--json"])).out);
    t.match(told, answer);
    t.equal(told.nextOpen, "outcome" in answer ? AT : null);
    t.same(Object.keys(told), ["door", "at", "local", "outcome", "reasons", "key", "user", "rules", "nextOpen"]);
  });
}
