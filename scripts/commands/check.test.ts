/** `lintel check` as people and programs meet it: what it prints where, and its exit code (design 5.1, 5.4). */
import { test } from "tap";
import { lintel } from "../../test/support/command-line.ts";
import { edited, SITE_TEXT } from "../../test/support/site-text.ts";

const WARNED = edited(SITE_TEXT, [['pin: "274936"', 'pin: "111111"']]);
const FAULTY = edited(SITE_TEXT, [
  ['pin: "274936"', "pin: 274936"],
  ["address: 1", "address: one"],
]);

test("a good file: nothing is said, exit 0", async (t) => {
  const dir = t.testdir({ "site.yaml": SITE_TEXT });
  t.same(await lintel(["check", "--site", `${dir}/site.yaml`]), { exit: 0, out: "", err: "" });
  t.same(await lintel(["check", "--site", `${dir}/site.yaml`, "--json"]), { exit: 0, out: "[]\n", err: "" });
});

test("a warning is said and changes no exit code", async (t) => {
  const file = `${t.testdir({ "site.yaml": WARNED })}/site.yaml`;
  t.same(await lintel(["check", "--site", file]), {
    exit: 0,
    out: `${file}:26:10: warning: keys[0].pin: a weak code: all digits are equal\n`,
    err: "",
  });
});

test("errors are said on stdout, a line each, in the order of the file; exit 1", async (t) => {
  const file = `${t.testdir({ "site.yaml": FAULTY })}/site.yaml`;
  const address = `"one", expected an address, a whole number from 0 to 126`;
  t.same(await lintel(["check", "--site", file]), {
    exit: 1,
    out:
      `${file}:12:37: error: doors[1].controller.address: ${address}\n` +
      `${file}:26:10: error: keys[0].pin: digits without quotes; a PIN has 6, in quotes\n`,
    err: "",
  });
  const { exit, out } = await lintel(["check", "--json", "--site", file]);
  t.equal(exit, 1);
  t.equal(
    out.slice(0, out.indexOf("}") + 1),
    `[{"severity":"error","file":${JSON.stringify(file)},"line":12,"column":37,"path":"doors[1].controller.address","message":${JSON.stringify(address)}}`,
  );
  t.equal(JSON.parse(out).length, 2);
});

test("what is no YAML: exit 2, the file and place named on stderr, --json still valid", async (t) => {
  const file = `${t.testdir({ "site.yaml": "site:\n  id: hq\n  id: hq\n" })}/site.yaml`;
  const message = "the field id stands twice in one mapping";
  const err = `lintel check: ${file}:3:3: not a YAML file that can be read: ${message}\n`;
  t.same(await lintel(["check", "--site", file]), { exit: 2, out: "", err });
  const json = await lintel(["check", "--json", "--site", file]);
  t.same(
    { ...json, out: JSON.parse(json.out) },
    {
      exit: 2,
      out: [{ severity: "error", file, line: 3, column: 3, path: "", message }],
      err,
    },
  );
});

const unreadable: readonly { name: string; make: Record<string, Buffer | object>; why: string }[] = [
  { name: "a file that is not there", make: {}, why: "there is no such file" },
  { name: "a folder", make: { "site.yaml": {} }, why: "is a folder, expected a file" },
  { name: "bytes that are no text", make: { "site.yaml": Buffer.from([0x73, 0xff, 0xfe]) }, why: "is not UTF-8 text" },
];
for (const { name, make, why } of unreadable)
  test(`${name}: exit 2, and --json still valid`, async (t) => {
    const file = `${t.testdir(make as Record<string, Buffer>)}/site.yaml`;
    t.same(await lintel(["check", "--site", file]), { exit: 2, out: "", err: `lintel check: ${file}: ${why}\n` });
    const { exit, out } = await lintel(["check", "--site", file, "--json"]);
    t.same([exit, JSON.parse(out)], [2, [{ severity: "error", file, line: 0, column: 0, path: "", message: why }]]);
  });

test("a file with a byte order mark and Windows line ends is a file like any other", async (t) => {
  const text = `\uFEFF${FAULTY.replaceAll("\n", "\r\n")}`;
  const file = `${t.testdir({ "site.yaml": text })}/site.yaml`;
  const { exit, out } = await lintel(["check", "--site", file]);
  t.equal(exit, 1);
  t.match(out, /:12:37: error: doors\[1\].*\n.*:26:10: error: keys\[0\]\.pin/);
});

test("wrong use is exit 2 with a sentence; --help is told", async (t) => {
  t.match(await lintel(["check"]), { exit: 2, out: "", err: /^lintel check: which site file\? --site FILE\n$/ });
  t.match(await lintel(["check", "--sight", "x"]), { exit: 2, err: /--sight/ });
  t.match(await lintel(["check", "--help"]), { exit: 0, out: /^lintel check --site FILE/, err: "" });
});
