/** Which codes may be given out at a door, and that the draw favours none (d1.2, d1.3, d1.5, facts security 2.1). */
import type { Result } from "@lintel/protocol/base/result.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { type Edit, edited, SITE_TEXT } from "../../test/support/site-text.ts";
import { seeded } from "../bus/bus.rig.ts";
import { drawCode, type FreeCodes, freeCodes, type NoCode, type Wanted } from "./free-code.ts";
import { readSite } from "./read.ts";
import type { Site, SiteKey } from "./site.ts";
import { weaknessOf } from "./weak-code.ts";

const NOW = instant(Date.UTC(2026, 10, 23));
const DAY = 86_400_000;
const PIN = '    pin: "274936"';
const more = (id: string, fields: string): Edit => [
  PIN,
  `${PIN}\n  - { id: ${id}, user: u2, restriction: none, ${fields} }`,
];

function siteOf(...edits: readonly Edit[]): Site {
  const { site, problems } = readSite(edited(SITE_TEXT, edits));
  if (site === null) throw new Error(JSON.stringify(problems));
  return site;
}

function free(site: Site, wanted: Partial<Wanted> = {}): Result<FreeCodes, NoCode> {
  return freeCodes(site, { doors: ["front"], profile: "any", now: NOW, dropped: [], ...wanted });
}

/** A Set of a million numbers takes a second; these marks take none. */
function codesOf(answer: Result<FreeCodes, NoCode>) {
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  const { codes } = answer.value;
  const marks = new Uint8Array(1_000_000);
  for (const code of codes) marks[code] = 1;
  return { codes, has: (code: number) => marks[code] === 1 };
}

const taken: readonly { name: string; edits: readonly Edit[]; code: number; doors?: readonly string[] }[] = [
  { name: "a key's at this door", edits: [], code: 274_936 },
  { name: "a key's for all doors", edits: [more("k2", 'doors: all, pin: "618340"')], code: 618_340 },
  { name: "a disabled key's", edits: [more("k2", 'doors: [front], pin: "618340", enabled: false')], code: 618_340 },
  {
    name: "a future key's",
    edits: [more("k2", 'doors: [front], pin: "618340", validFrom: 2030-01-01')],
    code: 618_340,
  },
  {
    name: "a key's that is over and still in the file",
    edits: [more("k2", 'doors: [front], pin: "618340", validUntil: 2020-01-01')],
    code: 618_340,
  },
  { name: "a duress code", edits: [[PIN, `${PIN}\n    duressPin: "018340"`]], code: 18_340 },
  { name: "the master code", edits: [["name: Front door", 'masterCode: "904153"']], code: 904_153 },
  {
    name: "a key's at the second of two doors",
    edits: [more("k2", 'doors: [back], pin: "618340"')],
    code: 618_340,
    doors: ["front", "back"],
  },
];
for (const { name, edits, code, doors = ["front"] } of taken)
  test(`${name} is not given out, nor what one slip makes of it (d1.3, facts security 2.1)`, (t) => {
    const answer = free(siteOf(...edits), { doors });
    const codes = codesOf(answer);
    t.notOk(codes.has(code));
    const slips = slipsOf(code);
    t.equal(slips.length, 54 + distinctSwaps(code), "every digit by nine others, and every pair of unlike digits");
    t.same(
      slips.filter((slip) => codes.has(slip)),
      [],
    );
    t.ok(answer.ok && answer.value.spaced);
    t.end();
  });

/** By the words of the rule, one position after the other. */
function slipsOf(code: number): number[] {
  const digits = String(code).padStart(6, "0");
  const slips = new Set<string>();
  for (let at = 0; at < 6; at += 1)
    for (const digit of "0123456789") slips.add(digits.slice(0, at) + digit + digits.slice(at + 1));
  for (let a = 0; a < 6; a += 1)
    for (let b = a + 1; b < 6; b += 1)
      slips.add(digits.slice(0, a) + digits[b] + digits.slice(a + 1, b) + digits[a] + digits.slice(b + 1));
  slips.delete(digits);
  return [...slips].map(Number);
}

function distinctSwaps(code: number): number {
  const digits = [...String(code).padStart(6, "0")];
  return digits.flatMap((a, at) => digits.slice(at + 1).filter((b) => b !== a)).length;
}

const open: readonly { name: string; edits: readonly Edit[]; code: number }[] = [
  { name: "a key's at another door only", edits: [more("k2", 'doors: [back], pin: "618340"')], code: 618_340 },
  { name: "another door's master code", edits: [["id: back", 'id: back\n    masterCode: "904153"']], code: 904_153 },
  { name: "two digits away from one that is taken", edits: [], code: 274_900 },
  { name: "three digits in each other's place", edits: [], code: 427_936 },
  { name: "a code with a leading zero", edits: [], code: 83_615 },
];
for (const { name, edits, code } of open)
  test(`${name} may be given out (d1.3)`, (t) => {
    t.ok(codesOf(free(siteOf(...edits))).has(code));
    t.end();
  });

test("what may be given out is every code that is not weak, less the taken one and its neighbours", (t) => {
  const codes = codesOf(free(siteOf()));
  t.same(
    codes.codes.filter((code) => weaknessOf(String(code).padStart(6, "0")) !== null),
    [],
  );
  const lost = [274_936, ...slipsOf(274_936)].filter((code) => weaknessOf(String(code).padStart(6, "0")) === null);
  t.equal(codes.codes.length, 988_902 - lost.length);
  t.end();
});

test("the profile nuki has the digits 1 to 9 only (d1.2)", (t) => {
  const codes = codesOf(free(siteOf(), { profile: "nuki" })).codes.map((code) => String(code).padStart(6, "0"));
  t.same(
    codes.filter((code) => code.includes("0")),
    [],
  );
  t.ok(codes.length > 500_000, `${codes.length} are left`);
  t.end();
});

const cap: readonly { name: string; edits: readonly Edit[]; codes: number; most: number }[] = [
  { name: "its one key", edits: [["name: Front door", "bareCodes: 1"]], codes: 1, most: 1 },
  {
    name: "a key, a duress code and a master code",
    edits: [
      ["name: Front door", 'bareCodes: 3\n    masterCode: "904153"'],
      [PIN, `${PIN}\n    duressPin: "618340"`],
    ],
    codes: 3,
    most: 3,
  },
  {
    name: "a code that is kept",
    edits: [
      ["name: Front door", "bareCodes: 1"],
      [PIN, "    pin: kept"],
    ],
    codes: 1,
    most: 1,
  },
];
for (const { name, edits, codes, most } of cap)
  test(`a door that is full with ${name}: refused with both numbers; one more allowed: given (bareCodes)`, (t) => {
    t.same(free(siteOf(...edits)), { ok: false, error: { kind: "full", door: "front", codes, most } });
    const wider = edits.map(([from, to]): Edit => [from, to.replace(`bareCodes: ${most}`, `bareCodes: ${most + 1}`)]);
    t.ok(free(siteOf(...wider)).ok);
    t.ok(free(siteOf(...edits), { doors: ["back"] }).ok, "another door is another matter");
    t.match(free(siteOf(...edits), { doors: ["back", "front"] }), { ok: false }, "one full door of two is enough");
    t.end();
  });

test("a door that the site does not have is refused by name", (t) => {
  t.same(free(siteOf(), { doors: ["front", "attic"] }), { ok: false, error: { kind: "unknown-door", door: "attic" } });
  t.end();
});

const coolings = [
  { name: "just now", ago: 0, given: false },
  { name: "a ms less than seven days ago", ago: 7 * DAY - 1, given: false },
  { name: "seven days ago", ago: 7 * DAY, given: true },
  { name: "tomorrow, by a clock that was set back", ago: -DAY, given: false },
] as const;
for (const { name, ago, given } of coolings)
  test(`a code that was dropped ${name} is ${given ? "given out again" : "not given out"} (d1.5, cool-down 7 days)`, (t) => {
    const dropped = [{ code: new SecretText("618340"), at: (NOW - ago) as Instant }];
    const codes = codesOf(free(siteOf(), { dropped }));
    t.equal(codes.has(618_340), given);
    t.ok(codes.has(618_341), "its neighbour is nobody's");
    t.end();
  });

test("with the last code taken there is none, and with one left it is that one", (t) => {
  const dropped = codesOf(free(siteOf())).codes.map((code) => ({
    code: new SecretText(String(code).padStart(6, "0")),
    at: NOW,
  }));
  // What slips make of the taken code is still free of itself: without spacing they are what is left.
  const left = free(siteOf(), { dropped });
  t.same(left.ok && [left.value.spaced, [...left.value.codes].every((code) => slipsOf(274_936).includes(code))], [
    false,
    true,
  ]);
  const last = left.ok ? left.value.codes[0]! : 0;
  const others = left.ok ? left.value.codes.slice(1) : [];
  const allButOne = [
    ...dropped,
    ...others.map((code) => ({ code: new SecretText(String(code).padStart(6, "0")), at: NOW })),
  ];
  const one = free(siteOf(), { dropped: allButOne });
  t.same(one, { ok: true, value: { codes: [last], spaced: false } });
  if (one.ok) t.equal(Number(drawCode(one.value, seeded(1).bytes).use((text) => text)), last);
  const all = [...allButOne, { code: new SecretText(String(last).padStart(6, "0")), at: NOW }];
  t.same(free(siteOf(), { dropped: all }), { ok: false, error: { kind: "none-left" } });
  t.end();
});

/** As many keys at the front door, with codes that lie far from each other. */
function crowded(count: number): Site {
  const site = siteOf(["name: Front door", "bareCodes: 1000000"]);
  const [first] = site.keys as [SiteKey];
  const keys = Array.from({ length: count }, (_, at): SiteKey => {
    const pin = new SecretText(String((274_936 + at * 618_033) % 1_000_000).padStart(6, "0"));
    return { ...first, id: `k${at}`, pin };
  });
  return { ...site, keys };
}

test("spacing is kept while it leaves half of what is free, and said to be given up beyond (facts security 2.1)", (t) => {
  const few = free(crowded(5_000));
  t.match(few, { ok: true, value: { spaced: true } });
  const many = free(crowded(40_000));
  t.match(many, { ok: true, value: { spaced: false } });
  const taken = new Set(crowded(40_000).keys.map(({ pin }) => (pin as SecretText).use(Number)));
  t.same(
    codesOf(many).codes.filter((code) => taken.has(code)),
    [],
    "what is taken stays taken",
  );
  t.end();
});

test("codes drawn one after the other into a door never clash and keep their distance, ten of them", (t) => {
  let site: Site = { ...siteOf(), keys: [] };
  const random = seeded(7).bytes;
  const drawn: number[] = [];
  for (let at = 0; at < 10; at += 1) {
    const answer = free(site);
    if (!answer.ok) throw new Error(answer.error.kind);
    const pin = drawCode(answer.value, random);
    drawn.push(pin.use(Number));
    site = { ...site, keys: [...site.keys, { ...(siteOf().keys[0] as SiteKey), id: `k${at}`, pin }] };
  }
  t.equal(new Set(drawn).size, 10);
  t.same(
    drawn.filter((code, at) => drawn.slice(0, at).some((other) => slipsOf(other).includes(code))),
    [],
  );
  t.end();
});

test("the draw favours no code: the digits of 200,000 draws against those of all that may be given out", (t) => {
  const answer = free(siteOf());
  if (!answer.ok) throw new Error(answer.error.kind);
  const count = 200_000;
  const random = seeded(1).bytes;
  const seen = tally(Array.from({ length: count }, () => drawCode(answer.value, random).use(Number)));
  const expected = tally(answer.value.codes);
  for (let place = 0; place < 6; place += 1) {
    let deviation = 0;
    for (let digit = 0; digit <= 9; digit += 1) {
      const mean = (expected[place]![digit]! * count) / answer.value.codes.length;
      deviation += (seen[place]![digit]! - mean) ** 2 / mean;
    }
    // Chi-square with 9 degrees of freedom: above 33.7 once in 10,000 fair draws.
    t.ok(deviation < 33.7, `place ${place + 1}: ${deviation.toFixed(1)}`);
  }
  t.end();
});

/** How often each digit stands at each of the six places. */
function tally(codes: readonly number[]): number[][] {
  const counts = Array.from({ length: 6 }, () => new Array<number>(10).fill(0));
  for (const code of codes)
    for (const [place, digit] of [...String(code).padStart(6, "0")].entries()) counts[place]![Number(digit)]! += 1;
  return counts;
}
