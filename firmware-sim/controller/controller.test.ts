import { millis } from "@lintel/protocol/base/units.ts";
import { type CommandNamed, encodeCommand } from "@lintel/protocol/osdp/commands.ts";
import { encodeFrame } from "@lintel/protocol/osdp/frame.ts";
import type { Reply } from "@lintel/protocol/osdp/replies.ts";
import { SCBK_D } from "@lintel/protocol/osdp/secure.ts";
import fc from "fast-check";
import { type Test, test } from "tap";
import { CONTACT, ControllerRig, FIRE, REX, RIG_OPTIONS, RIG_SCBK, RigCp, type } from "./controller.rig.ts";
import { BLANK_FLASH, DEFAULT_SETTINGS, type DoorSettings } from "./settings.ts";
import type { ControllerOptions } from "./state.ts";

type OutRecord = CommandNamed<"OUT">["outputs"][number];
const onFor = (time: number, output = 0): OutRecord => ({ output, action: "onFor", time: millis(time) });
const off: OutRecord = { output: 0, action: "off", time: millis(0) };
const WITH_FIRE: DoorSettings = { ...DEFAULT_SETTINGS, fire: { input: FIRE } };
const FAIL_SAFE: DoorSettings = { ...WITH_FIRE, strike: { output: 0, fail: "safe" } };

/** A rig whose edge listens in a session, with everything that a start brings already fetched and acknowledged. */
function inSession(options: Partial<ControllerOptions> = {}): { rig: ControllerRig; cp: RigCp } {
  const rig = new ControllerRig(options);
  const cp = new RigCp(rig).open();
  settle(cp);
  rig.forget();
  return { rig, cp };
}

/** Fetches and acknowledges until the ring is empty. */
function settle(cp: RigCp): void {
  for (let rings = cp.fetchRings(); rings.length > 0; rings = cp.fetchRings())
    for (const { boot, events } of rings) cp.acknowledge(boot, events.at(-1)!.n);
}

function relay(rig: ControllerRig): unknown[] {
  return rig.sightings("relay").map(({ at, released, for: length }) => [at, released, length]);
}

// Boot.

const boots: readonly { name: string; door: DoorSettings; active?: number; energised: boolean; released: boolean }[] = [
  { name: "fail-secure: without current, locked", door: WITH_FIRE, energised: false, released: false },
  { name: "fail-safe: with current, locked", door: FAIL_SAFE, energised: true, released: false },
  { name: "fail-secure, in a fire", door: WITH_FIRE, active: FIRE, energised: true, released: true },
  { name: "fail-safe, in a fire", door: FAIL_SAFE, active: FIRE, energised: false, released: true },
  { name: "fail-secure, with REX held down", door: WITH_FIRE, active: REX, energised: true, released: true },
];

for (const { name, door, active, energised, released } of boots) {
  test(`at power-on the strike is driven (d9.3): ${name}`, (t) => {
    const inputs = [0, 1, 2, 3].map((input) => input === active);
    const rig = new ControllerRig({
      flash: { ...BLANK_FLASH, door },
      levels: { inputs, tamper: false },
    });
    t.equal(rig.energised(0), energised);
    t.equal(rig.sightings("relay").at(-1)?.released ?? false, released);
    t.end();
  });
}

test("a boot is counted and stored before anything is answered, and cuts every running timer", (t) => {
  const { rig, cp } = inSession();
  cp.out(onFor(60_000));
  t.equal(rig.energised(0), true);
  rig.wait(1_000);
  rig.boot();
  t.equal(rig.energised(0), false);
  t.same(
    rig.stored.map(({ boots }) => boots),
    [1, 2],
  );
  t.end();
});

// REX.

const exits: readonly { name: string; prepare: (rig: ControllerRig) => void }[] = [
  { name: "with no edge since power-on", prepare: () => {} },
  {
    name: "with the cable cut in the middle of a session",
    prepare: (rig) => {
      settle(new RigCp(rig).open());
      rig.wait(9_000);
    },
  },
  { name: "in a session", prepare: (rig) => settle(new RigCp(rig).open()) },
];

for (const { name, prepare } of exits) {
  test(`REX drives the strike within 100 ms and for its release, ${name}`, (t) => {
    const rig = new ControllerRig();
    prepare(rig);
    rig.forget();
    const pressed = rig.now;
    rig.pin(REX, true);
    rig.wait(100);
    t.same(relay(rig), [[pressed + 20, true, 5_000]]);
    rig.pin(REX, false);
    rig.wait(5_000);
    t.same(relay(rig).slice(1), [[pressed + 20 + 5_000, false, null]]);
    t.same(
      rig.seen.map(({ seen }) => seen.kind),
      ["relay", "rex", "rex", "relay"],
      "the strike comes first",
    );
    const events = new RigCp(rig)
      .open()
      .fetchRings()
      .flatMap((ring) => ring.events);
    t.match(events.at(-1), { kind: "rex", ageMs: rig.now - pressed - 20 }, "the edge hears of it, with its age");
    t.end();
  });
}

test("REX held down releases once: a stuck button does not hold the door open", (t) => {
  const rig = new ControllerRig();
  rig.pin(REX, true);
  rig.wait(60_000);
  t.same(
    rig.sightings("relay").map(({ released }) => released),
    [true, false],
  );
  t.end();
});

const bounces: readonly {
  name: string;
  levels: readonly (readonly [after: number, active: boolean])[];
  drives: number;
}[] = [
  {
    name: "19 ms are a bounce",
    levels: [
      [0, true],
      [19, false],
    ],
    drives: 0,
  },
  {
    name: "20 ms are a press",
    levels: [
      [0, true],
      [20, false],
    ],
    drives: 1,
  },
  {
    name: "a press that bounces for 8 ms counts from its end",
    levels: [
      [0, true],
      [3, false],
      [2, true],
      [2, false],
      [1, true],
      [20, false],
    ],
    drives: 1,
  },
  {
    name: "chatter alone is nothing",
    levels: [
      [0, true],
      [10, false],
      [10, true],
      [10, false],
    ],
    drives: 0,
  },
];

for (const { name, levels, drives } of bounces) {
  test(`debounce of REX: ${name}`, (t) => {
    const rig = new ControllerRig();
    for (const [after, active] of levels) {
      rig.wait(after);
      rig.pin(REX, active);
    }
    rig.wait(100);
    t.equal(rig.sightings("relay").length, drives);
    t.end();
  });
}

test("an off from the edge ends its lease and never the REX release", (t) => {
  const { rig, cp } = inSession();
  cp.out(onFor(60_000));
  rig.wait(1_000);
  rig.pin(REX, true);
  rig.wait(20);
  t.equal(cp.out(off), "ACK");
  t.equal(rig.energised(0), true);
  rig.wait(4_999);
  t.equal(rig.energised(0), true);
  rig.wait(1);
  t.equal(rig.energised(0), false);
  t.end();
});

test("a Controller without REX drives nothing on that input", (t) => {
  const rig = new ControllerRig({ flash: { ...BLANK_FLASH, door: { ...DEFAULT_SETTINGS, rex: null } } });
  rig.pin(REX, true);
  rig.wait(1_000);
  t.same(rig.sightings("relay"), []);
  t.same(rig.sightings("rex"), []);
  t.end();
});

// Fire.

test("fire releases whatever the edge says, as long as it lasts, and is told with its end", (t) => {
  const { rig, cp } = inSession({ flash: { ...inSessionFlash(), door: WITH_FIRE } });
  const begun = rig.now;
  rig.pin(FIRE, true);
  rig.wait(20);
  t.same(relay(rig), [[begun + 20, true, null]]);
  cp.out(off);
  rig.wait(7_000);
  t.equal(rig.energised(0), true);
  rig.pin(FIRE, false);
  rig.wait(20);
  t.equal(rig.energised(0), false);
  const events = new RigCp(rig)
    .open()
    .fetchRings()
    .flatMap((ring) => ring.events);
  t.match(events, [
    { kind: "fire", on: true, ageMs: 7_020 },
    { kind: "fire", on: false, ageMs: 0 },
  ]);
  t.end();
});

// OUT through the link.

const outs: readonly { name: string; records: readonly OutRecord[]; says: string; released: boolean }[] = [
  { name: "off", records: [off], says: "ACK", released: false },
  { name: "nothing", records: [{ ...off, action: "nothing" }], says: "ACK", released: false },
  { name: "on for 0 steps", records: [onFor(0)], says: "NAK 9", released: false },
  { name: "on for 1 step", records: [onFor(100)], says: "ACK", released: true },
  { name: "on for 1200 steps", records: [onFor(120_000)], says: "ACK", released: true },
  { name: "on for 1201 steps", records: [onFor(120_100)], says: "NAK 9", released: false },
  { name: "on without end", records: [{ ...off, action: "on" }], says: "NAK 9", released: false },
  { name: "off for a time", records: [{ ...onFor(1_000), action: "offFor" }], says: "NAK 9", released: false },
  {
    name: "off after the timer",
    records: [{ ...onFor(1_000), action: "offAfterTimed" }],
    says: "NAK 9",
    released: false,
  },
  {
    name: "on after the timer",
    records: [{ ...onFor(1_000), action: "onAfterTimed" }],
    says: "NAK 9",
    released: false,
  },
  { name: "an output that is not there", records: [onFor(1_000, 2)], says: "NAK 9", released: false },
  {
    name: "a good record and a bad one: neither",
    records: [onFor(1_000), onFor(0, 1)],
    says: "NAK 9",
    released: false,
  },
  {
    name: "the same output twice: the longer time",
    records: [onFor(2_000), onFor(1_000)],
    says: "ACK",
    released: true,
  },
];

for (const { name, records, says, released } of outs) {
  test(`OUT, ${name}: ${says}`, (t) => {
    const { rig, cp } = inSession();
    t.equal(cp.out(...records), says);
    t.equal(rig.energised(0), released);
    t.same(cp.ask({ name: "OSTAT" }), { name: "OSTATR", outputs: [released, false] });
    t.end();
  });
}

test("the strike moves before the ACK leaves, and locks at the very end of its time", (t) => {
  const { rig, cp } = inSession();
  const asked = rig.now;
  cp.out(onFor(5_000));
  t.same(
    rig.order.filter((kind) => kind === "drive" || kind === "send"),
    ["drive", "send"],
  );
  rig.wait(10_000);
  t.same(relay(rig), [
    [asked, true, 5_000],
    [asked + 5_000, false, null],
  ]);
  t.end();
});

test("a lost session cuts no running timer, and a cut cable locks the door at the end of the lease", (t) => {
  const { rig, cp } = inSession();
  const asked = rig.now;
  cp.out(onFor(60_000));
  rig.wait(59_999);
  t.same(
    rig.sightings("secure").map(({ on }) => on),
    [false],
    "the session is long gone",
  );
  t.equal(rig.energised(0), true);
  rig.wait(1);
  t.same(relay(rig).at(-1), [asked + 60_000, false, null]);
  t.end();
});

test("fail-safe: released is no current, also on OUT", (t) => {
  const { rig, cp } = inSession({ flash: { ...inSessionFlash(), door: FAIL_SAFE } });
  cp.out(onFor(1_000));
  t.equal(rig.energised(0), false);
  rig.wait(1_000);
  t.equal(rig.energised(0), true);
  t.end();
});

test("permanent states are taken where a foreign panel needs them", (t) => {
  const { rig, cp } = inSession({ allowPermanent: true });
  t.equal(cp.out({ ...off, action: "on" }), "ACK");
  rig.wait(500_000);
  t.equal(rig.energised(0), true);
  t.end();
});

// Settings.

test("configure is stored once, moves the strike and its polarity, and outlives a boot", (t) => {
  const { rig, cp } = inSession();
  const door: DoorSettings = {
    strike: { output: 1, fail: "safe" },
    rex: { input: 3, release: millis(700) },
    contact: null,
    fire: { input: 2 },
  };
  const before = rig.stored.length;
  t.equal(cp.configure(door), "ACK");
  t.equal(cp.configure(door), "ACK");
  t.equal(rig.stored.length, before + 1, "flash is written where something differs");
  t.same(rig.stored.at(-1)!.door, door);
  t.equal(rig.energised(1), true);
  rig.boot();
  rig.forget();
  rig.pin(3, true);
  rig.wait(800);
  t.same(
    rig.sightings("relay").map(({ output, released }) => [output, released]),
    [
      [1, true],
      [1, false],
    ],
  );
  t.end();
});

const refusedSettings: readonly { name: string; door: DoorSettings }[] = [
  { name: "an output the board does not have", door: { ...WITH_FIRE, strike: { output: 2, fail: "secure" } } },
  { name: "an input the board does not have", door: { ...WITH_FIRE, fire: { input: 4 } } },
  { name: "one input for two things", door: { ...WITH_FIRE, fire: { input: REX } } },
];

for (const { name, door } of refusedSettings) {
  test(`configure with ${name} is NAK 9 and changes nothing`, (t) => {
    const { rig, cp } = inSession();
    const before = rig.stored.length;
    t.equal(cp.configure(door), "NAK 9");
    t.equal(rig.stored.length, before);
    t.end();
  });
}

test("an MFG of another vendor, or of a kind not known, is NAK 3", (t) => {
  const { cp } = inSession();
  t.equal(cp.brief({ name: "MFG", vendor: Uint8Array.of(1, 2, 3), payload: Uint8Array.of(1) }), "NAK 3");
  t.equal(cp.brief({ name: "MFG", vendor: Uint8Array.of(2, 0x4c, 0x54), payload: Uint8Array.of(9) }), "NAK 3");
  t.end();
});

// The keypad.

test("keys are told in order, one event each, and each key once however long it is held", (t) => {
  const { rig, cp } = inSession();
  type(rig, "1234567890*#");
  rig.hold("5");
  rig.wait(3_000);
  rig.release("5");
  rig.wait(100);
  t.same(
    keysIn(cp.fetch()),
    [...[..."1234567890"].map((key) => key.charCodeAt(0)), 0x7f, 0x0d, 0x35].map((key) => [key]),
  );
  t.end();
});

const presses: readonly { name: string; down: number; counts: boolean }[] = [
  { name: "15 ms are a bounce", down: 15, counts: false },
  { name: "40 ms are a press", down: 40, counts: true },
];

for (const { name, down, counts } of presses) {
  test(`debounce of a key: ${name}`, (t) => {
    const rig = new ControllerRig();
    rig.hold("8");
    rig.wait(down);
    rig.release("8");
    rig.wait(200);
    t.equal(rig.sightings("key").length, counts ? 1 : 0);
    t.end();
  });
}

test("a key that bounces going down and up is one key", (t) => {
  const rig = new ControllerRig();
  const chatter = () => {
    for (let bounce = 0; bounce < 3; bounce += 1) {
      rig.hold("8");
      rig.wait(2);
      rig.release("8");
      rig.wait(2);
    }
  };
  chatter();
  rig.hold("8");
  rig.wait(60);
  chatter();
  rig.wait(200);
  t.equal(rig.sightings("key").length, 1);
  t.end();
});

test("two keys at once are two keys; a third does not count while they are down", (t) => {
  const rig = new ControllerRig();
  for (const key of ["1", "5", "9"] as const) {
    rig.hold(key);
    rig.wait(50);
  }
  t.same(pressed(rig), ["1", "5"]);
  for (const key of ["1", "5", "9"] as const) rig.release(key);
  rig.wait(100);
  rig.hold("9");
  rig.wait(50);
  t.same(pressed(rig), ["1", "5", "9"]);
  t.end();
});

test("at rest the keypad drives all columns and asks for no wake", (t) => {
  const { rig } = inSession({ clear: false });
  type(rig, "7");
  rig.wait(10_000);
  const before = rig.drives.length;
  rig.wait(1_000_000);
  t.equal(rig.drives.length, before);
  t.match(rig.drives.filter(({ drive }) => drive.kind === "columns").at(-1), { drive: { columns: 0b111 } });
  t.end();
});

// Keypresses nobody fetches.

test("keys typed with nobody listening are told as a number, and never as keys", (t) => {
  const rig = new ControllerRig();
  type(rig, "123456#");
  const cp = new RigCp(rig).open();
  const replies = cp.fetch();
  t.same(keysIn(replies), []);
  const events = new RigCp(rig)
    .open()
    .fetchRings()
    .flatMap(({ events }) => events);
  t.match(events, [{ kind: "boot" }, { kind: "keys-dropped", count: 7 }]);
  t.end();
});

test("keys older than 5 s are dropped and counted", (t) => {
  const { rig, cp } = inSession();
  type(rig, "12");
  rig.wait(5_000);
  t.same(keysIn(cp.fetch()), []);
  const dropped = rig.sightings("keys-dropped").reduce((sum, { count }) => sum + count, 0);
  t.equal(dropped, 2);
  t.end();
});

test("keys that waited when the session was lost are dropped and counted", (t) => {
  const { rig } = inSession();
  type(rig, "12");
  const cp = new RigCp(rig).open();
  const replies = cp.fetch();
  t.same(keysIn(replies), []);
  t.equal(
    rig.sightings("keys-dropped").reduce((sum, { count }) => sum + count, 0),
    2,
  );
  t.end();
});

// What is told unasked.

test("a session begins with the states as they are, then the ring from its start", (t) => {
  const rig = new ControllerRig();
  rig.pin(CONTACT, true);
  rig.wait(1_000);
  const cp = new RigCp(rig).open();
  const replies = cp.fetch();
  t.match(replies, [
    { name: "LSTATR", tamper: false, powerFailed: false },
    { name: "ISTATR", inputs: ["active", "inactive", "inactive", "inactive"] },
    { name: "MFGREP" },
  ]);
  t.end();
});

test("contact and tamper are told as they change, in the ring and as states", (t) => {
  const { rig, cp } = inSession();
  rig.pin(CONTACT, true);
  rig.wait(20);
  rig.tamper(true);
  rig.wait(20);
  const replies = cp.fetch();
  t.match(
    replies.filter(({ name }) => name !== "MFGREP"),
    [
      { name: "ISTATR", inputs: ["active", "inactive", "inactive", "inactive"] },
      { name: "LSTATR", tamper: true },
    ],
  );
  cp.acknowledge(1, 2);
  t.match(cp.fetchRings(), [{ boot: 1, events: [{ n: 3, kind: "tamper", on: true, ageMs: 0 }] }]);
  t.end();
});

test("an unacknowledged ring is sent again, ever more slowly, with its age grown", (t) => {
  const { rig, cp } = inSession();
  rig.pin(CONTACT, true);
  rig.wait(20);
  const happened = rig.now;
  const tries: number[] = [];
  for (let poll = 0; poll < 200; poll += 1) {
    for (const { events } of cp.fetchRings()) {
      tries.push(rig.now - happened);
      t.equal(events[0]!.ageMs, rig.now - happened);
    }
    rig.wait(500);
  }
  t.same(tries, [0, 2_000, 6_000, 14_000, 30_000, 62_000]);
  t.end();
});

test("an acknowledgement of another boot does nothing", (t) => {
  const { rig, cp } = inSession();
  rig.pin(CONTACT, true);
  rig.wait(20);
  t.equal(cp.fetchRings().length, 1);
  t.equal(cp.acknowledge(7, 100), "ACK");
  rig.wait(2_000);
  t.equal(cp.fetchRings().length, 1, "it comes again");
  t.end();
});

test("a long absence comes in portions of seven, each after the one before it was made durable", (t) => {
  const rig = new ControllerRig();
  for (let opening = 0; opening < 10; opening += 1) {
    rig.pin(CONTACT, true);
    rig.wait(1_000);
    rig.pin(CONTACT, false);
    rig.wait(1_000);
  }
  const cp = new RigCp(rig).open();
  const numbers: number[] = [];
  for (let rings = cp.fetchRings(); rings.length > 0; rings = cp.fetchRings()) {
    t.equal(rings.length, 1);
    t.ok(rings[0]!.events.length <= 7);
    numbers.push(...rings[0]!.events.map(({ n }) => n));
    cp.acknowledge(1, numbers.at(-1)!);
  }
  t.same(
    numbers,
    Array.from({ length: 21 }, (_, at) => at + 1),
  );
  t.end();
});

// Keys and links.

test("an unkeyed Controller tells states in clear, and neither the ring nor keys", (t) => {
  const rig = new ControllerRig({ flash: BLANK_FLASH });
  const cp = new RigCp(rig);
  const replies = cp.fetch();
  type(rig, "1");
  rig.pin(CONTACT, true);
  rig.wait(20);
  replies.push(...cp.fetch());
  t.same(
    replies.map(({ name }) => name),
    ["LSTATR", "ISTATR", "ISTATR"],
  );
  t.equal(cp.out(onFor(1_000)), "NAK 6");
  t.equal(rig.energised(0), false);
  t.end();
});

test("a Controller told to speak in clear does everything so: states, ring, keys, OUT", (t) => {
  const rig = new ControllerRig({ flash: BLANK_FLASH, clear: true });
  const cp = new RigCp(rig);
  t.equal(cp.brief({ name: "POLL" }), "ACK", "what it has to tell, it tells from the next POLL on");
  type(rig, "1");
  t.same(
    cp.fetch().map(({ name }) => name),
    ["LSTATR", "ISTATR", "MFGREP", "KEYPAD"],
  );
  t.equal(cp.out(onFor(1_000)), "ACK");
  t.equal(rig.energised(0), true);
  t.end();
});

test("capabilities are true of the board, with no key taken but while installing", (t) => {
  const { cp } = inSession();
  const reply = cp.ask({ name: "CAP", kind: 0 }) as Extract<Reply, { name: "PDCAP" }>;
  const of = (wanted: number) => reply.capabilities.find((each) => each.function === wanted);
  t.match(of(1), { count: 4 });
  t.match(of(2), { compliance: 3, count: 2 });
  t.match(of(4), { count: 1 });
  t.match(of(8), { compliance: 1, count: 0 });
  t.match(of(9), { compliance: 1, count: 0 });
  t.notOk(of(3), "no cards");
  t.notOk(of(6), "no display");
  t.end();
});

test("the claim that the default key is taken ends with the first key installed", (t) => {
  const rig = new ControllerRig({ flash: BLANK_FLASH, install: true });
  const claims = () => {
    const reply = new RigCp(rig).ask({ name: "CAP", kind: 0 }) as Extract<Reply, { name: "PDCAP" }>;
    return reply.capabilities.find((each) => each.function === 9);
  };
  t.match(claims(), { compliance: 1, count: 1 });
  const cp = new RigCp(rig).open(SCBK_D, "scbk-d");
  t.equal(cp.brief({ name: "KEYSET", type: 1, scbk: RIG_SCBK }), "ACK");
  t.same(
    rig.stored.at(-1)!.scbk?.use((bytes) => [...bytes]),
    RIG_SCBK.use((bytes) => [...bytes]),
  );
  t.match(claims(), { compliance: 1, count: 0 });
  t.end();
});

test("no bytes on the line move a strike, or end the firmware, without a session", (t) => {
  const rig = new ControllerRig();
  const out = encodeFrame({
    address: RIG_OPTIONS.address,
    reply: false,
    sequence: 0,
    check: "crc",
    scb: null,
    ...encodeCommand({ name: "OUT", outputs: [onFor(5_000)] }),
  });
  const pieces = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.constant(out),
    fc.tuple(fc.nat({ max: out.length - 1 }), fc.nat({ max: 255 })).map(([at, byte]) => out.with(at, byte)),
  );
  let runs = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(pieces, fc.nat({ max: 9_000 })), { maxLength: 12 }), (chunks) => {
      for (const [bytes, pause] of chunks) {
        rig.send(bytes);
        rig.wait(pause);
      }
      runs += 1;
      return rig.sightings("relay").length === 0;
    }),
    { numRuns: 300 },
  );
  t.equal(runs, 300);
  t.end();
});

// LEDs and buzzer.

const steady = { on: millis(100), off: millis(0), onColour: "red", offColour: "red" } as const;
const flash = { on: millis(200), off: millis(300), onColour: "green", offColour: "black" } as const;

function ledCommand(parts: Partial<CommandNamed<"LED">["leds"][number]>): CommandNamed<"LED"> {
  const temporary = { control: "nothing", ...steady, time: millis(0) } as const;
  const permanent = { control: "nothing", ...steady } as const;
  return { name: "LED", leds: [{ reader: 0, led: 0, temporary, permanent, ...parts }] };
}

test("a temporary LED pattern covers the permanent one for its time", (t) => {
  const { rig, cp } = inSession();
  const asked = rig.now;
  cp.ask(ledCommand({ permanent: { control: "set", ...steady } }));
  cp.ask(ledCommand({ temporary: { control: "set", ...flash, time: millis(3_000) } }));
  rig.wait(10_000);
  t.match(rig.sightings("led"), [
    { at: asked, pattern: { colour: "red", off: 0 } },
    { at: asked, pattern: { colour: "green", offColour: "black", on: 200, off: 300 } },
    { at: asked + 3_000, pattern: { colour: "red", off: 0 } },
  ]);
  t.end();
});

test("a temporary LED pattern can be cancelled, and a permanent one set beneath it", (t) => {
  const { rig, cp } = inSession();
  cp.ask(ledCommand({ temporary: { control: "set", ...flash, time: millis(3_000) } }));
  cp.ask(ledCommand({ permanent: { control: "set", ...steady } }));
  t.equal(rig.sightings("led").length, 1, "beneath is not seen");
  cp.ask(ledCommand({ temporary: { control: "cancel", ...steady, time: millis(0) } }));
  t.match(rig.sightings("led").at(-1), { pattern: { colour: "red" } });
  t.end();
});

test("a LED that is not there is NAK 9, and none is set", (t) => {
  const { rig, cp } = inSession();
  const set = ledCommand({ permanent: { control: "set", ...steady } }).leds[0]!;
  for (const other of [
    { ...set, led: 1 },
    { ...set, reader: 1 },
  ])
    t.equal(cp.brief({ name: "LED", leds: [set, other] }), "NAK 9");
  t.same(rig.sightings("led"), []);
  t.end();
});

const tunes: readonly { name: string; tune: Partial<CommandNamed<"BUZ">>; changes: readonly number[] }[] = [
  { name: "one tone", tune: { count: 1 }, changes: [0, 200] },
  { name: "three tones", tune: { count: 3 }, changes: [0, 200, 500, 700, 1_000, 1_200] },
  { name: "three tones without pause are one", tune: { count: 3, off: millis(0) }, changes: [0, 600] },
  { name: "off", tune: { tone: "off" }, changes: [] },
];

for (const { name, tune, changes } of tunes) {
  test(`the buzzer: ${name}`, (t) => {
    const { rig, cp } = inSession();
    const asked = rig.now;
    cp.ask({ name: "BUZ", reader: 0, tone: "default", on: millis(200), off: millis(300), count: 1, ...tune });
    rig.wait(5_000);
    t.same(
      rig.sightings("buzzer").map(({ at }) => at - asked),
      changes,
    );
    t.end();
  });
}

test("a buzzer without end is ended by the loss of the line", (t) => {
  const { rig, cp } = inSession();
  cp.ask({ name: "BUZ", reader: 0, tone: "default", on: millis(200), off: millis(300), count: 0 });
  rig.wait(60_000);
  t.ok(rig.sightings("buzzer").length > 20, "it sounded");
  t.equal(rig.sightings("buzzer").at(-1)!.on, false);
  t.ok(rig.sightings("buzzer").at(-1)!.at < rig.now - 50_000, "8 s after the last frame");
  t.end();
});

// Secrets.

test("nothing that a Controller shows holds a digit or a key", (t: Test) => {
  const { rig } = inSession();
  type(rig, "274936#");
  t.equal(rig.sightings("key").length, 7);
  t.notMatch(JSON.stringify(rig.seen), /[0-9]"/);
  t.notMatch(JSON.stringify({ flash: rig.stored }), /boots":1,"scbk":"[^•]/);
  t.end();
});

function inSessionFlash() {
  return new ControllerRig().options.flash;
}

function keysIn(replies: readonly Reply[]): number[][] {
  return replies.flatMap((reply) => (reply.name === "KEYPAD" ? [[...reply.keys]] : []));
}

function pressed(rig: ControllerRig): string[] {
  return rig.sightings("key").map(({ key }) => key.use((text) => text));
}
