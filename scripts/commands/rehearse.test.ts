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
