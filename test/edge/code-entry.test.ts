/** Code entry at the simulated door (d2): what the firmware's keypad sends becomes entries, as the settings say. */
import { millis } from "@lintel/protocol/base/units.ts";
import type { KeysetDoor } from "@lintel/protocol/keyset/keyset.ts";
import { test } from "tap";
import { doorAt, World } from "./world.ts";

const usual: KeysetDoor["codeEntry"] = { submit: ["#"], clear: ["*"], autoSubmit: false, timeout: millis(10_000) };

function worldWith(codeEntry: Partial<KeysetDoor["codeEntry"]>): World {
  const world = World.ready();
  const front = doorAt("front", 0, { codeEntry: { ...usual, ...codeEntry } });
  world.authority.issue(world.keyset({ number: 2, doors: [front, doorAt("back", 1)] }));
  world.pass(500);
  return world;
}

/** What came of the entries: `k1` for a grant, the reasons for a denial. */
const answers = (world: World) =>
  world.records("granted", "denied").map(({ event, key, reasons }) => (event === "granted" ? key : reasons.join(" ")));

/** `.` is a silence of 5 s, counted from 1.5 s after the last key. */
function typed(world: World, keys: string): void {
  for (const part of keys.split(/(\.)/)) {
    if (part === ".") world.pass(5000);
    else if (part !== "") world.type(0, part);
  }
  world.pass(11_000);
}

const STAR = { submit: ["*"] };
const BOTH = { submit: ["#", "*"] };
const AUTO = { autoSubmit: true };
const rows: readonly {
  name: string;
  settings?: Partial<KeysetDoor["codeEntry"]>;
  keys: string;
  answers: readonly string[];
  rule: string;
}[] = [
  { name: "six digits and #", keys: "274936#", answers: ["k1"], rule: "d2.2" },
  { name: "no submit: nothing", keys: "274936", answers: [], rule: "d2.2" },
  { name: "an empty submit is nothing", keys: "##*##", answers: [], rule: "d2.2" },
  { name: "* clears what was begun", keys: "99*274936#", answers: ["k1"], rule: "d2.2" },
  { name: "* clears all of it", keys: "274936*#", answers: [], rule: "d2.2" },
  { name: "* set to submit", settings: STAR, keys: "274936*", answers: ["k1"], rule: "d2.2" },
  { name: "* set to submit: # has no meaning", settings: STAR, keys: "274#936*", answers: ["k1"], rule: "d2.2" },
  {
    name: "* set to submit: nothing clears but the time-out",
    settings: STAR,
    keys: "99*274936*",
    answers: ["wrong-length", "k1"],
    rule: "d2.2",
  },
  { name: "both set to submit: *", settings: BOTH, keys: "274936*", answers: ["k1"], rule: "d2.2" },
  { name: "both set to submit: #", settings: BOTH, keys: "274936#", answers: ["k1"], rule: "d2.2" },
  { name: "auto-submit at the sixth", settings: AUTO, keys: "274936", answers: ["k1"], rule: "d2.2" },
  { name: "auto-submit swallows the # that follows", settings: AUTO, keys: "274936#", answers: ["k1"], rule: "d2.2" },
  {
    name: "auto-submit, two codes behind each other with their #",
    settings: AUTO,
    keys: "274936#274936#",
    answers: ["k1", "k1"],
    rule: "d2.2",
  },
  {
    name: "auto-submit, a # when the second is over is an empty submit",
    settings: AUTO,
    keys: "274936.#",
    answers: ["k1"],
    rule: "d2.2",
  },
  {
    name: "auto-submit, fewer digits and a #",
    settings: AUTO,
    keys: "27493#",
    answers: ["wrong-length"],
    rule: "d2.2",
  },
  { name: "seven digits are one wrong entry", keys: "2749366#", answers: ["wrong-length"], rule: "d2.2" },
  { name: "no window slides over seven digits", keys: "9274936#", answers: ["wrong-length"], rule: "d2.2" },
  { name: "sixteen digits are one wrong entry", keys: "2749362749362749#", answers: ["wrong-length"], rule: "d2.2" },
  {
    name: "past sixteen it stays one, and the code at its end opens nothing",
    keys: "1111111111111111274936#",
    answers: ["wrong-length"],
    rule: "d2.2",
  },
  {
    name: "the next entry after an overlong one is its own",
    keys: "11111111111111111#274936#",
    answers: ["wrong-length", "k1"],
    rule: "d2.2",
  },
  { name: "a pause within the time-out, three times over", keys: "27.49.36.#", answers: ["k1"], rule: "d2.3" },
  { name: "a silence of the time-out clears, and is no attempt", keys: "274..936", answers: [], rule: "d2.3" },
  { name: "what comes after it is an entry of its own", keys: "274..936#", answers: ["wrong-length"], rule: "d2.3" },
  { name: "and a whole code after it opens", keys: "99..274936#", answers: ["k1"], rule: "d2.3" },
  {
    name: "a time-out of 3 s",
    settings: { timeout: millis(3000) },
    keys: "274.936#",
    answers: ["wrong-length"],
    rule: "d2.3",
  },
];
for (const { name, settings = {}, keys, answers: expected, rule } of rows) {
  test(`at the simulated door, ${name} (${rule})`, (t) => {
    const world = worldWith(settings);
    typed(world, keys);
    t.same(answers(world), expected);
    t.equal(world.releases(0).length > 0, expected.includes("k1"));
    t.end();
  });
}

test("the time-out ends to the ms: the last key at 9,999 ms after the one before still counts (d2.3)", (t) => {
  for (const [pause, expected] of [
    [9500, ["k1"]],
    [10_500, ["wrong-length"]],
  ] as const) {
    const world = worldWith({});
    const { controller } = world.at(0);
    controller.command("press 27493");
    world.pass(controller.restsAt() - world.clock.now());
    // The fifth key went down before the press came to rest; a scan and a poll lie between, so half a second is left.
    world.pass(pause - 300);
    world.type(0, "6#");
    t.same(answers(world), expected, `${pause} ms`);
  }
  t.end();
});

test("all refusals look and sound the same, whatever was wrong; a clearing shows nothing (d2.4, d2.3)", (t) => {
  const looks = ["111222#", "2749366#", "491628#", "629384#", "518273#"].map((keys) => {
    const world = worldWith({});
    const before = world.at(0).events.length;
    typed(world, keys);
    return world
      .at(0)
      .events.slice(before)
      .flatMap(({ at: _at, ...event }) => (event.kind === "led" || event.kind === "buzzer" ? [event] : []));
  });
  t.ok(looks[0]!.length > 3);
  for (const look of looks) t.same(look, looks[0]);
  const world = worldWith({});
  const before = world.at(0).events.length;
  typed(world, "2749");
  t.notOk(
    world
      .at(0)
      .events.slice(before)
      .some(({ kind }) => kind === "led"),
    "silently",
  );
  t.same(world.records("denied"), []);
  t.end();
});
