/** `lintel timeline` as people and programs meet it (design 5.5). What stands open when is edge/calendar's. */
import { test } from "tap";
import { lintel } from "../../test/support/command-line.ts";
import { edited, SITE_TEXT } from "../../test/support/site-text.ts";

const TEXT = edited(SITE_TEXT, [
  [
    "contact: { input: 0 }",
    'businessHours: { windows: [ { days: mon-fri, from: "09:00", to: "12:00" }, { days: mon-fri, from: "13:00", to: "17:00" } ] }',
  ],
  [
    "schedules:\n",
    'holidays: [ { id: eve, date: 2026-12-24, hours: [ { from: "09:00", to: "12:30" } ] } ]\nschedules:\n',
  ],
]);
const DAY = ["--from", "2026-12-23T00:00:00-05:00", "--to", "2026-12-25T00:00:00-05:00"] as const;
const ask = (file: string, door: string, ...rest: readonly string[]) =>
  ["timeline", "--site", file, "--door", door, ...rest] as const;

test("as JSON: one list, gapless, instants in UTC, causes with their fields alone; exit 0", async (t) => {
  const file = `${t.testdir({ "site.yaml": TEXT })}/site.yaml`;
  const { exit, out, err } = await lintel([...ask(file, "front", ...DAY), "--json"]);
  t.match({ exit, err }, { exit: 0, err: "" });
  const locked = { state: "locked", cause: { kind: "outside" } };
  t.same(JSON.parse(out), [
    { from: "2026-12-23T05:00:00Z", to: "2026-12-23T14:00:00Z", ...locked },
    {
      from: "2026-12-23T14:00:00Z",
      to: "2026-12-23T17:00:00Z",
      state: "unlocked",
      cause: { kind: "hours", window: "09:00-12:00" },
    },
    { from: "2026-12-23T17:00:00Z", to: "2026-12-23T18:00:00Z", ...locked },
    {
      from: "2026-12-23T18:00:00Z",
      to: "2026-12-23T22:00:00Z",
      state: "unlocked",
      cause: { kind: "hours", window: "13:00-17:00" },
    },
    { from: "2026-12-23T22:00:00Z", to: "2026-12-24T05:00:00Z", ...locked },
    {
      from: "2026-12-24T05:00:00Z",
      to: "2026-12-24T14:00:00Z",
      state: "locked",
      cause: { kind: "holiday", id: "eve" },
    },
    {
      from: "2026-12-24T14:00:00Z",
      to: "2026-12-24T17:30:00Z",
      state: "unlocked",
      cause: { kind: "holiday", id: "eve", window: "09:00-12:30" },
    },
    {
      from: "2026-12-24T17:30:00Z",
      to: "2026-12-25T05:00:00Z",
      state: "locked",
      cause: { kind: "holiday", id: "eve" },
    },
  ]);
});

test("--first-in: nobody, and somebody at an instant with ms", async (t) => {
  const file = `${t.testdir({ "site.yaml": TEXT })}/site.yaml`;
  const kinds = async (comes: string) => {
    const { out } = await lintel([...ask(file, "front", ...DAY), "--json", "--first-in", comes]);
    return (JSON.parse(out) as { from: string; state: string; cause: { kind: string } }[]).map(
      ({ from, state, cause }) => `${from} ${state} ${cause.kind}`,
    );
  };
  t.same(
    (await kinds("never")).filter((line) => line.includes(" unlocked ")),
    [],
  );
  t.same(
    (await kinds("2026-12-23T09:30:00.250-05:00")).filter((line) => line.includes(" unlocked ")),
    ["2026-12-23T14:30:00.250Z unlocked hours"],
  );
  t.same(await kinds("at-start"), await kinds("at-start"));
});

test("for people: the door's own time, and why in words", async (t) => {
  const file = `${t.testdir({ "site.yaml": TEXT })}/site.yaml`;
  const { exit, out } = await lintel(ask(file, "front", ...DAY, "--first-in", "2026-12-23T09:30:10-05:00"));
  t.equal(exit, 0);
  const lines = out.split("\n");
  t.equal(lines[0], "Front door, in America/New_York:");
  t.match(lines[1], /^ {2}Wed 2026-12-23 00:00 {2}to {2}Wed 2026-12-23 09:00 {2}locked {4}outside of business hours$/);
  t.match(out, /Wed 2026-12-23 09:00 {2}to {2}Wed 2026-12-23 09:30:10 {2}locked .*09:00-12:00 wait for First-In\n/);
  t.match(out, /Wed 2026-12-23 12:00 {2}unlocked {2}business hours 09:00-12:00\n/);
  t.match(out, /Thu 2026-12-24 09:00 .* locked {4}holiday eve, hours 09:00-12:30\n/);
  t.match(out, /locked {4}holiday eve\n$/);
  const shut = `${t.testdir({ "site.yaml": TEXT.replace("businessHours", "mode: privacy\n    businessHours") })}/site.yaml`;
  t.match((await lintel(ask(shut, "front", ...DAY))).out, /locked {4}mode privacy suspends business hours\n$/);
});

test("a door without business hours; and from equal to to", async (t) => {
  const file = `${t.testdir({ "site.yaml": TEXT })}/site.yaml`;
  const { out } = await lintel([...ask(file, "far", ...DAY), "--json"]);
  t.match(JSON.parse(out), [{ state: "locked", cause: { kind: "outside" } }]);
  t.equal(JSON.parse(out).length, 1);
  const none = ["--from", DAY[1], "--to", DAY[1]];
  t.same(JSON.parse((await lintel([...ask(file, "front", ...none), "--json"])).out), []);
});

const wrong: readonly { name: string; args: readonly string[]; err: RegExp }[] = [
  {
    name: "an unknown door",
    args: ["--door", "attic", ...DAY],
    err: /--door: there is no door 'attic' in .*site\.yaml/,
  },
  { name: "no door", args: [...DAY], err: /needs --door DOOR/ },
  {
    name: "a bad instant",
    args: ["--door", "front", "--from", "2026-12-23", "--to", DAY[3]],
    err: /--from: '2026-12-23' is not an instant, expected RFC 3339/,
  },
  {
    name: "a wall time without offset",
    args: ["--door", "front", "--from", DAY[1], "--to", "2026-12-25T00:00:00"],
    err: /--to: '2026-12-25T00:00:00' is not an instant/,
  },
  {
    name: "to before from",
    args: ["--door", "front", "--from", DAY[3], "--to", DAY[1]],
    err: /--to: .* lies before --from/,
  },
  {
    name: "one ms more than 20 years",
    args: ["--door", "front", "--from", "2026-01-01T00:00:00Z", "--to", "2046-01-16T00:00:00.001Z"],
    err: /--to: at most 20 years/,
  },
  {
    name: "another First-In",
    args: ["--door", "front", ...DAY, "--first-in", "always"],
    err: /--first-in: 'always' is not/,
  },
  { name: "an unknown option", args: ["--door", "front", ...DAY, "--at", "x"], err: /Unknown option '--at'/ },
];
for (const { name, args, err } of wrong)
  test(`${name}: exit 2, and nothing is answered`, async (t) => {
    const file = `${t.testdir({ "site.yaml": TEXT })}/site.yaml`;
    t.match(await lintel(["timeline", "--site", file, ...args]), { exit: 2, out: "", err });
  });

test("a faulty file, and none, are exit 2; 20 years are taken; --help tells all", async (t) => {
  const faulty = edited(TEXT, [["user: u1\n", "user: u9\n"]]);
  const dir = t.testdir({ "site.yaml": faulty, "good.yaml": TEXT });
  t.match(await lintel(ask(`${dir}/site.yaml`, "front", ...DAY)), { exit: 2, out: "", err: /site\.yaml has errors/ });
  t.match(await lintel(ask(`${dir}/none.yaml`, "front", ...DAY)), { exit: 2, err: /there is no such file/ });
  t.match(await lintel(["timeline", "--door", "front", ...DAY]), { exit: 2, err: /which site file/ });
  const long = ["--from", "2026-01-01T00:00:00Z", "--to", "2046-01-16T00:00:00Z"];
  t.match(await lintel(ask(`${dir}/good.yaml`, "front", ...long)), { exit: 0, err: "" });
  t.match(await lintel(["timeline", "--help"]), { exit: 0, out: /^lintel timeline --site FILE/ });
});
