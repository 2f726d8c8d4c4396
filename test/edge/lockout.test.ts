/** The lock-out after wrong codes, as it is seen at the simulated door: what the pad does, what opens, what is recorded. */
import { LOCKED_OUT_LIGHT } from "@lintel/edge/door/feedback.ts";
import type { JournalRecord, RecordEvent } from "@lintel/protocol/mqtt/record.ts";
import { test } from "tap";
import { doorAt, keyOf, World } from "./world.ts";

const RIGHT = "274936#"; // k1, front
const COUNTED = "385047#"; // k2, two uses, front and back
const DISABLED = "491628#"; // k3, front
const BACK = "518273#"; // k4, back

/** A code that nobody has, and of those another one each time. */
let tried = 700_000;
function wrong(): string {
  tried += 1;
  return `${tried}#`;
}

function typeWrong(world: World, times: number, address = 0): void {
  for (let n = 0; n < times; n += 1) world.type(address, wrong());
}

/** What a record says in a word or two. */
const word = ({ event, reasons, detail }: JournalRecord) =>
  event === "denied" ? reasons.join(" ") : event === "lockout-cleared" ? `${event} by ${detail.by}` : event;
const words = (world: World, ...events: readonly RecordEvent[]) => world.records(...events).map(word);
const OF_CODES = ["granted", "denied", "lockout", "lockout-cleared", "wrong-entries", "rex"] as const;

const lockedFor = (world: World, door = "front") => world.box.status().doors.find(({ id }) => id === door)!.lockedOutMs;

/** What the pad shows and sounds from one submit on, until it is at rest. */
function shown(world: World, typed: string, address = 0) {
  const { events } = world.at(address);
  world.pass(8_000);
  events.length = 0;
  world.type(address, typed);
  world.pass(8_000);
  return events.flatMap((event) => (event.kind === "led" || event.kind === "buzzer" ? [{ ...event, at: 0 }] : []));
}

test("five wrong codes lock the pad for 30 s: nothing typed is evaluated, consumed or counted, and then the same codes open", (t) => {
  const world = World.ready();
  typeWrong(world, 5);
  world.type(0, COUNTED);
  world.type(0, wrong());
  world.type(0, RIGHT);
  t.equal(world.releases(0).length, 0);
  t.same(words(world, ...OF_CODES), [...Array(5).fill("unknown-code"), "lockout", ...Array(3).fill("locked-out")]);
  for (const record of world.records("denied").slice(5))
    t.match(record, { door: "front", reasons: ["locked-out"], key: null, user: null, fingerprint: null, detail: {} });
  t.match(world.records("lockout"), [{ door: "front", detail: { tier: 1, lengthMs: 30_000, count: 5 } }]);
  t.notOk(world.store.load().uses.length, "the counted code was not used");
  world.pass(30_000);
  t.same(words(world, "lockout-cleared"), ["lockout-cleared by time"]);
  const [[started], [ended]] = [world.records("lockout"), world.records("lockout-cleared")];
  t.ok(Math.abs(ended!.at - started!.at - 30_000) < 50, "to the moment, whatever was typed meanwhile");
  for (const code of [COUNTED, RIGHT]) {
    world.type(0, code);
    world.pass(6_000);
  }
  t.equal(world.releases(0).length, 2);
  t.end();
});

test("four wrong codes have no effect, and a known code that is refused counts for none (d3.2)", (t) => {
  const world = World.ready();
  typeWrong(world, 3);
  world.type(0, "12345#");
  for (let n = 0; n < 6; n += 1) world.type(0, n % 2 === 0 ? DISABLED : BACK);
  t.equal(world.records("lockout").length, 0);
  typeWrong(world, 1);
  t.equal(world.records("lockout").length, 1, "a wrong length was one of the five");
  t.end();
});

test("people go out, the other door opens, and the pad alone is closed (d3.4)", (t) => {
  const world = World.ready();
  typeWrong(world, 5);
  world.at(0).controller.command("rex");
  world.pass(1_000);
  t.equal(world.releases(0).length, 1, "the exit button opens");
  world.type(1, COUNTED);
  t.equal(world.releases(1).length, 1, "the same key opens the other door");
  world.type(0, RIGHT);
  t.equal(world.releases(0).length, 1);
  t.same(words(world, ...OF_CODES).slice(5), ["lockout", "rex", "granted", "locked-out"]);
  t.end();
});

test("each lock-out is twice as long as the one before, until the count is back at zero", (t) => {
  const world = World.ready();
  typeWrong(world, 5);
  for (const length of [30_000, 60_000, 120_000]) {
    world.pass(length);
    typeWrong(world, 1);
  }
  world.pass(240_000);
  // 8 wrong, less 3 for the right code: the latch stays closed.
  world.type(0, RIGHT);
  typeWrong(world, 1);
  t.same(
    world.records("lockout").map(({ detail }) => [detail.tier, detail.lengthMs, detail.count]),
    [
      [1, 30_000, 5],
      [2, 60_000, 6],
      [3, 120_000, 7],
      [4, 240_000, 8],
      [5, 480_000, 6],
    ],
  );
  t.end();
});

test("an entry is judged at its submit: typed while it is locked, sent off afterwards", (t) => {
  const world = World.ready();
  typeWrong(world, 5);
  world.pass(lockedFor(world) - 4_000);
  world.type(0, RIGHT.slice(0, 6));
  t.ok(lockedFor(world) > 0);
  world.pass(lockedFor(world));
  world.type(0, "#");
  t.equal(world.releases(0).length, 1);
  t.end();
});

test("locked out and system fault are the only refusals that the pad tells apart (d2.4)", (t) => {
  const world = World.ready();
  const refused = shown(world, wrong());
  t.ok(refused.length >= 4);
  for (const typed of [wrong(), wrong(), "1#", DISABLED, BACK, "629384#"]) t.same(shown(world, typed), refused);
  const starts = shown(world, wrong());
  t.ok(lockedFor(world) > 0);
  const { blink } = LOCKED_OUT_LIGHT;
  const isSlow = (event: (typeof starts)[number]) => event.kind === "led" && event.pattern.on === blink.on;
  t.ok(starts.some(isSlow), "the lock-out shows as it starts");
  world.pass(lockedFor(world));
  typeWrong(world, 3);
  t.ok(lockedFor(world) > 0);
  typeWrong(world, 1);
  world.pass(lockedFor(world));
  typeWrong(world, 1);
  const locked = shown(world, wrong());
  t.ok(locked.some(isSlow));
  t.notSame(locked, refused);
  for (const typed of [RIGHT, DISABLED, BACK, COUNTED, "1#"]) t.same(shown(world, typed), locked, "whatever is typed");
  t.ok(lockedFor(world) > 0, "all of it while it was locked");
  t.match(locked.filter(({ kind }) => kind === "led").at(-1), { pattern: { colour: "red", offColour: "red" } });
  world.store.fault = "throws";
  const fault = shown(world, RIGHT);
  t.notSame(fault, locked);
  t.notSame(fault, refused);
  t.end();
});

test("the count, the record and the alarm are one transaction, before anything is seen", (t) => {
  const world = World.ready();
  typeWrong(world, 4);
  world.pass(8_000);
  const order: string[] = [];
  world.at(0).controller.onEvent(({ kind }) => {
    if (kind === "led" || kind === "buzzer") order.push(kind);
  });
  world.store.fault = () => {
    const kinds = world.store.commits
      .at(-1)!
      .map((change) => (change.kind === "record" ? word(change.record) : change.kind));
    if (kinds.includes("unknown-code")) order.push(kinds.join(", "));
  };
  typeWrong(world, 1);
  t.equal(order[0], "unknown-code, lockout, lockout, pads", "two records, two changes");
  t.ok(order.includes("led"));
  t.equal(order.filter((what) => what.includes("unknown-code")).length, 1);
  t.end();
});

for (const fault of ["throws", "slow"] as const) {
  test(`a disk that ${fault === "slow" ? "takes over 2 s: system fault, and what stands on it counts" : "fails: system fault, and nothing was counted"}`, (t) => {
    const world = World.ready();
    typeWrong(world, 4);
    world.store.fault =
      fault === "throws"
        ? fault
        : () => {
            if (!world.store.commits.at(-1)!.some(({ kind }) => kind === "lockout")) return;
            world.store.fault = "none";
            world.stall(2_001);
          };
    const { events } = world.at(0);
    events.length = 0;
    typeWrong(world, 1);
    t.ok(events.some((event) => event.kind === "led" && event.pattern.colour === "amber"));
    t.equal(world.store.load().lockouts[0]?.counter?.count, fault === "throws" ? 4 : 5);
    t.equal(lockedFor(world) > 0, fault === "slow");
    world.store.fault = "none";
    world.pass(40_000);
    t.equal(world.records("lockout").length, fault === "throws" ? 0 : 1);
    typeWrong(world, 1);
    t.same(world.records("lockout").at(-1)!.detail.count, fault === "throws" ? 5 : 6);
    t.end();
  });
}

test("a power cut in the moment of a wrong code gives no free try (domain-rules, Order of a grant)", (t) => {
  const world = World.ready();
  for (let n = 0; n < 5; n += 1) {
    world.store.fault = () => {
      if (!world.store.commits.at(-1)!.some(({ kind }) => kind === "lockout")) return;
      world.store.fault = "none";
      world.killEdge();
    };
    typeWrong(world, 1);
    world.killEdge();
    world.startEdge();
    world.pass(20_000);
  }
  world.type(0, RIGHT);
  t.match(world.records("denied").at(-1), { reasons: ["locked-out"] });
  t.equal(world.records("lockout").length, 1);
  t.end();
});

test("an outage pauses a lock-out, and never shortens it (d3.5)", (t) => {
  const world = World.ready();
  typeWrong(world, 5);
  for (const length of [30_000, 60_000, 120_000]) {
    world.pass(length);
    typeWrong(world, 1);
  }
  world.pass(100_000);
  for (let lives = 0; lives < 3; lives += 1) {
    const before = lockedFor(world);
    world.killEdge();
    world.pass(300_000);
    world.boot = `boot-${lives + 2}`;
    world.startEdge();
    const now = lockedFor(world);
    t.ok(now >= before && now <= before + 60_000, `${before} ms before, ${now} ms after`);
    world.pass(20_000);
    world.type(0, RIGHT);
  }
  t.equal(world.releases(0).length, 0);
  world.pass(lockedFor(world));
  world.type(0, RIGHT);
  t.equal(world.releases(0).length, 1);
  t.equal(words(world, "lockout-cleared").length, 4, "each end is told once");
  t.end();
});

const GROUP = { doors: [doorAt("front", 0, { keypadGroup: "lobby" }), doorAt("back", 1, { keypadGroup: "lobby" })] };

test("the pads of a keypadGroup share one counter, and are released together", (t) => {
  const world = World.ready(GROUP);
  typeWrong(world, 2, 0);
  typeWrong(world, 3, 1);
  t.match(world.records("lockout"), [{ door: "back", detail: { tier: 1, count: 5, group: "lobby" } }]);
  world.type(0, RIGHT);
  world.type(1, BACK);
  t.equal(world.releases(0).length + world.releases(1).length, 0);
  t.ok(lockedFor(world, "front") > 0);
  t.equal(lockedFor(world, "front"), lockedFor(world, "back"));
  t.same(world.box.execute({ kind: "release", door: "front" }, "box"), { kind: "done" });
  t.match(world.records("lockout-cleared"), [{ door: "front", detail: { by: "box", group: "lobby" } }]);
  world.type(0, RIGHT);
  world.type(1, BACK);
  t.equal(world.releases(0).length + world.releases(1).length, 2);
  t.end();
});

test("a release at the box opens the pad, sets all counts to zero and is recorded, also where nothing ran", (t) => {
  const world = World.ready();
  typeWrong(world, 5);
  world.pass(30_000);
  typeWrong(world, 1);
  t.same(world.box.execute({ kind: "release", door: "front" }, "box"), { kind: "done" });
  t.equal(lockedFor(world), 0);
  world.type(0, RIGHT);
  t.equal(world.releases(0).length, 1);
  typeWrong(world, 4);
  t.equal(lockedFor(world), 0, "the count begins at zero");
  typeWrong(world, 1);
  t.match(world.records("lockout").at(-1), { detail: { tier: 1, lengthMs: 30_000, count: 5 } });
  world.pass(40_000);
  t.same(world.box.execute({ kind: "release", door: "front" }, "u-owner"), { kind: "done" });
  t.same(
    world.records("lockout-cleared").map(({ detail }) => [detail.by, Number(detail.remainingMs ?? 0) > 0]),
    [
      ["time", false],
      ["box", true],
      ["time", false],
      ["u-owner", false],
    ],
  );
  world.pass(200_000);
  t.equal(world.records("lockout-cleared").length, 4, "what was released does not end again");
  t.end();
});

test("a release of a door that is not there, and one that the disk does not take, change nothing", (t) => {
  const world = World.ready();
  typeWrong(world, 5);
  t.same(world.box.execute({ kind: "release", door: "cellar" }, "box"), { kind: "refused", why: "unknown-door" });
  world.store.fault = "throws";
  t.same(world.box.execute({ kind: "release", door: "front" }, "box"), { kind: "refused", why: "hardware-fault" });
  t.ok(lockedFor(world) > 0);
  world.store.fault = "none";
  world.killEdge();
  world.startEdge();
  t.ok(lockedFor(world) > 0);
  t.end();
});

test("sixty wrong codes a day at all pads of an edge are one alarm, and no lock", (t) => {
  const world = World.ready();
  for (let round = 0; round < 15; round += 1) {
    typeWrong(world, 2, 0);
    typeWrong(world, 2, 1);
    t.equal(world.records("wrong-entries").length, round < 14 ? 0 : 1);
    for (const door of ["front", "back"]) world.box.execute({ kind: "release", door }, "box");
    if (round % 5 === 2) {
      world.killEdge();
      world.startEdge();
      world.pass(20_000);
    }
  }
  t.match(world.records("wrong-entries"), [{ door: null, detail: { count: 60 } }]);
  world.type(0, RIGHT);
  world.type(1, BACK);
  t.equal(world.releases(0).length + world.releases(1).length, 2);
  typeWrong(world, 2, 0);
  t.equal(world.records("wrong-entries").length, 1, "the next sixty would be the next alarm");
  t.end();
});

test("a new keyset ends no lock-out, also where it puts the pad into a group or gives it another key", (t) => {
  for (const over of [{}, GROUP, { keys: [keyOf("k1", ["front"])] }]) {
    const world = World.ready();
    typeWrong(world, 5);
    const before = lockedFor(world);
    world.authority.issue(world.keyset({ number: 2, ...over }));
    world.pass(500);
    t.equal(lockedFor(world), before - 500);
    world.killEdge();
    world.startEdge();
    t.ok(lockedFor(world) >= before - 500);
  }
  t.end();
});
