/** `lintel rehearse` as people and programs meet it (design 5.6): faults. What they do is firmware-sim's. */
import { FAULTS } from "@lintel/firmware-sim/rehearsal/faults/catalogue.ts";
import { test } from "tap";
import { lintel } from "../../test/support/command-line.ts";
import { edited, SITE_TEXT } from "../../test/support/site-text.ts";

const SITE = edited(SITE_TEXT, [["contact: { input: 0 }", "contact: { input: 0 }\n    rex: { input: 1 }"]]);
const line = (at: string, rest: Readonly<Record<string, unknown>>) =>
  `${JSON.stringify({ at: `2026-12-01T10:00:${at}Z`, door: "front", ...rest })}\n`;

test("--faults lists every fault: its cause, what it befalls, and what can be set of it", async (t) => {
  const { exit, out } = await lintel(["rehearse", "--faults"]);
  t.equal(exit, 0);
  for (const { name, cause, parameters } of FAULTS.values()) {
    t.match(out, new RegExp(`^${name} \\((controller|line|edge|site), (at once|until for or off)\\): `, "m"));
    t.ok(out.includes(cause), name);
    for (const [field, { about }] of Object.entries(parameters)) t.ok(out.includes(`    ${field}: ${about}; `), field);
  }
  const asJson = await lintel(["rehearse", "--faults", "--json"]);
  const kinds = asJson.out
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text));
  t.same(kinds, [...FAULTS.values()]);
});

test("a story names each fault as it begins and as it is over; --json has it as an event", async (t) => {
  const script = [
    line("00", { fault: "strike-jam", for: "5s" }),
    line("01", { rex: true }),
    line("02", { contact: "open" }),
    line("10", { fault: "brown-out" }),
    line("11", { fault: "brown-out", length: "1m" }),
  ];
  const folder = t.testdir({ "site.yaml": SITE, good: script.slice(0, 4).join(""), bad: script.join("") });
  const ask = (name: string) => ["rehearse", "--site", `${folder}/site.yaml`, "--script", `${folder}/${name}`];
  const { exit, out } = await lintel(ask("good"));
  t.equal(exit, 0);
  t.match(
    out,
    /front +fault strike-jam\n(.*\n)*.*front +error the door does not open.*jammed\n(.*\n)*.*front +fault strike-jam is over\n(.*\n)*.*front +fault brown-out\n/,
  );
  const { out: json } = await lintel([...ask("good"), "--json"]);
  t.match(json, /"event":"fault","detail":\{"fault":"strike-jam","on":true\}/);
  const wrong = await lintel(ask("bad"));
  t.match(wrong, { exit: 2, out: "", err: /bad:5: length: "1m", expected 1ms to 10s/ });
});

const WEEK = ["rehearse", "--site", "scripts/demo/site.yaml", "--script", "scripts/demo/week.yaml"];

test("a YAML script: what comes again comes every workday, and the story ends with what it came to", async (t) => {
  const { exit, out, err } = await lintel([...WEEK, "--days", "3"]);
  t.match({ exit, err }, { exit: 0, err: "" });
  t.same(
    out.split("\n").filter((text) => /^[A-Z][a-z]+ \d/.test(text)),
    ["Monday 30 November 2026", "Tuesday 1 December 2026", "Wednesday 2 December 2026"],
  );
  t.equal(out.match(/granted key desk/g)?.length, 3);
  t.match(out, /12:00:00 {2}front +fault cable-cut\n.*offline\n.*12:20:.. {2}front +keypresses-dropped\n/);
  t.match(out, /\n3 granted, 0 denied, 3 went out by the button\na door was offline once, the longest for 59 min/);
  t.match(out, /\n! never used: cleaner, /);
  const json = await lintel([...WEEK, "--days", "1", "--json"]);
  t.same(
    json.out
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text).event),
    ["begin", "granted", "unlocked", "opened", "taken", "locked", "closed", "unlocked", "rex", "locked"],
    "to a program it tells what happened, and nothing else",
  );
});

const FAULTY: readonly { readonly yaml: string; readonly says: RegExp }[] = [
  {
    yaml: 'steps: [{every: workday, time: "8:55", rex: true, door: front}]',
    says: /:1:32: time: expected a time such as "08:55"/,
  },
  {
    yaml: 'steps: [{every: workday, time: "08:55", rex: true, door: frnt}]',
    says: /:1:58: door: there is no door 'frnt' in the site/,
  },
  {
    yaml: '- {every: someday, time: "08:55", rex: true, door: front}',
    says: /:1:11: every: expected workday, daily, days/,
  },
  { yaml: '- {every: workday, time: "08:55", rex: true, door: front}', says: /it does not say where it begins/ },
  {
    yaml: 'begin: 2026-12-01\nsteps: [{every: daily, time: "08:55", rex: true, door: front}]',
    says: /comes again for ever: give --days N/,
  },
  {
    yaml: "- {at: 2026-12-01T09:00, press: 274936, door: front}",
    says: /:1:33: press: expected 1 to 64 keys .*, in quotes/,
  },
  { yaml: "steps: []", says: /an empty script/ },
  { yaml: "a: [", says: /:2:1: / },
];
for (const [number, { yaml, says }] of FAULTY.entries()) {
  test(`a faulty script is named with line and column, and never its code: ${number + 1}`, async (t) => {
    const folder = t.testdir({ "x.yaml": `${yaml}\n` });
    const ran = await lintel(["rehearse", "--site", "scripts/demo/site.yaml", "--script", `${folder}/x.yaml`]);
    t.match(ran, { exit: 2, out: "", err: says });
    t.notMatch(ran.err, /274936/);
  });
}

for (const days of ["0", "-1", "1.5", "3661", "ten"]) {
  test(`--days ${days} is none`, async (t) => {
    t.match(await lintel([...WEEK, `--days=${days}`]), {
      exit: 2,
      err: /--days .*expected a whole number from 1 to 3660/,
    });
  });
}
