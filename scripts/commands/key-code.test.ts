/** `lintel key code` as people and programs meet it (design 5.1). Which codes are free is edge/site's. */
import { type Test, test } from "tap";
import { lintel } from "../../test/support/command-line.ts";
import { type Edit, edited, SITE_TEXT } from "../../test/support/site-text.ts";

const PIN = '    pin: "274936"';

function siteFile(t: Test, ...edits: readonly Edit[]): string {
  return `${t.testdir({ "site.yaml": edited(SITE_TEXT, edits) })}/site.yaml`;
}

test("a code for a door: six digits on a line of stdout, and nothing else anywhere; exit 0", async (t) => {
  const file = siteFile(t);
  const first = await lintel(["key", "code", "--site", file, "--door", "front"]);
  t.match(first, { exit: 0, out: /^\d{6}\n$/, err: "" });
  const second = await lintel(["key", "code", "--site", file, "--door", "front"]);
  t.not(second.out, first.out, "another one each time (the same one once in a million)");
});

test("as JSON it says the doors and whether it keeps its distance; --profile nuki has no 0", async (t) => {
  const file = siteFile(t);
  const { exit, out, err } = await lintel([
    ..."key code --door front --door back --door front --profile nuki --json --site".split(" "),
    file,
  ]);
  t.same([exit, err], [0, ""]);
  const { code, ...rest } = JSON.parse(out);
  t.match(code, /^[1-9]{6}$/);
  t.same(rest, { doors: ["front", "back"], spaced: true });
});

test("the code that is printed may stand in the file: it is checked without error or warning", async (t) => {
  const { out } = await lintel(["key", "code", "--door", "front", "--site", siteFile(t)]);
  const file = siteFile(t, [
    PIN,
    `${PIN}\n  - { id: k2, user: u2, doors: [front], restriction: none, pin: "${out.trim()}" }`,
  ]);
  t.same(await lintel(["check", "--site", file]), { exit: 0, out: "", err: "" });
});

test("a door that is full: exit 1 with both numbers and no code", async (t) => {
  const file = siteFile(t, ["name: Front door", "bareCodes: 1"]);
  t.same(await lintel(["key", "code", "--site", file, "--door", "front"]), {
    exit: 1,
    out: "",
    err: "lintel key code: door front has 1 code without a slot, at most 1: each is one more that a guess hits; take one away, or raise bareCodes\n",
  });
  t.match(await lintel(["key", "code", "--site", file, "--door", "back"]), { exit: 0 }, "its twin");
});

test("codes that are kept are named on stderr, a line each: they cannot be compared", async (t) => {
  const file = siteFile(t, ["name: Front door", "masterCode: kept"], [PIN, "    pin: kept\n    duressPin: kept"]);
  const { exit, out, err } = await lintel(["key", "code", "--site", file, "--door", "front"]);
  t.match([exit, out], [0, /^\d{6}\n$/]);
  const line = (id: string) => `lintel key code: ${file}: warning: ${id} is kept: the code may be the same as it\n`;
  t.equal(err, `${line("doors/front/masterCode")}${line("keys/k1/pin")}${line("keys/k1/duressPin")}`);
});

const wrong: readonly { name: string; args: readonly string[]; edits?: readonly Edit[]; err: RegExp }[] = [
  { name: "no door", args: [], err: /^lintel key code: for which door\? --door DOOR\n$/ },
  { name: "an unknown door", args: ["--door", "attic"], err: /: --door: there is no door 'attic' in .*site\.yaml\n$/ },
  { name: "an unknown profile", args: ["--door", "front", "--profile", "lcm"], err: /'lcm', expected any or nuki\n$/ },
  {
    name: "a faulty file",
    args: ["--door", "front"],
    edits: [[PIN, "    pin: 274936"]],
    err: /site\.yaml has errors\n/,
  },
  { name: "an argument too many", args: ["--door", "front", "back"], err: /unexpected argument 'back'\n$/ },
];
for (const { name, args, edits = [], err } of wrong)
  test(`${name} is wrong use: exit 2, nothing on stdout`, async (t) => {
    t.match(await lintel(["key", "code", "--site", siteFile(t, ...edits), ...args]), { exit: 2, out: "", err });
  });

test("without a site file it asks for one; --help is told", async (t) => {
  t.match(await lintel(["key", "code"]), { exit: 2, out: "", err: /which site file\? --site FILE\n$/ });
  t.match(await lintel(["key", "code", "--help"]), { exit: 0, out: /^lintel key code --site FILE/, err: "" });
  t.match(await lintel(["key"]), { exit: 2, err: /lintel key code/ });
});
