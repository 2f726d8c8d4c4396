import { Secret } from "@lintel/protocol/base/secret.ts";
import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import { deframe, IDLE_LINE } from "@lintel/protocol/osdp/deframe.ts";
import type { Frame } from "@lintel/protocol/osdp/frame.ts";
import { CpRig, countingBytes, type PdRig } from "@lintel/protocol/osdp/pd.rig.ts";
import { test } from "tap";
import { DEFAULT_SETTINGS, type DoorSettings } from "../controller/settings.ts";
import { VirtualClock } from "./clock.ts";
import { QUICKEST } from "./person.ts";
import {
  type Flash,
  memoryFlash,
  type SimulatedController,
  type SimulatedEvent,
  type SimulatedOptions,
  startSimulated,
} from "./simulated-controller.ts";

const SCBK = new Secret(Uint8Array.from({ length: 16 }, (_, at) => at * 5 + 1));
const FAIL_SAFE: DoorSettings = { ...DEFAULT_SETTINGS, strike: { output: 0, fail: "safe" }, fire: { input: 2 } };

interface Rig {
  readonly clock: VirtualClock;
  readonly door: SimulatedController;
  /** With the time since the rig began, in ms. */
  readonly events: (SimulatedEvent & { readonly at: number })[];
  readonly cp: CpRig;
  send(bytes: Uint8Array): readonly Frame[];
}

function rig(options: Partial<SimulatedOptions> = {}): Rig {
  const clock = new VirtualClock(monotonic(50_000));
  const begun = clock.now();
  const events: Rig["events"] = [];
  let frames: Frame[] = [];
  const write = (bytes: Uint8Array) => {
    const [item] = deframe(IDLE_LINE, bytes, monotonic(0)).items;
    if (item?.kind === "frame") frames.push(item.frame);
  };
  const whole = { address: 0, baud: 9600, scbk: SCBK, install: false, clear: false, ...options };
  const door = startSimulated(whole, { write }, { clock, random: countingBytes() });
  door.onEvent((event) => events.push({ ...event, at: clock.now() - begun }));
  const send = (bytes: Uint8Array) => {
    frames = [];
    door.receive(bytes);
    return frames;
  };
  return { clock, door, events, send, cp: new CpRig({ send } as Pick<PdRig, "send"> as PdRig, whole.address) };
}

function secured(options: Partial<SimulatedOptions> = {}): Rig {
  const made = rig(options);
  if (made.cp.open(SCBK) !== "secure") throw new Error("no session");
  return made;
}

function kinds(events: Rig["events"]): string[] {
  return events.map(({ kind }) => kind);
}

test("typed keys arrive one by one, 150 ms each, through the matrix", (t) => {
  const { clock, door, events, cp } = secured();
  events.length = 0;
  t.equal(door.command("press 1590*#"), null);
  t.equal(door.restsAt() - clock.now(), 6 * 150);
  clock.pass(2_000);
  t.same(
    events.filter(({ kind }) => kind === "key").map(({ at }) => Math.floor(at / 150)),
    [0, 1, 2, 3, 4, 5],
  );
  const typed: number[] = [];
  for (let poll = 0; poll < 20; poll += 1) {
    const reply = cp.ask({ name: "POLL" });
    if (reply !== null && typeof reply !== "string" && reply.name === "KEYPAD") typed.push(...reply.keys);
  }
  t.same(typed, [0x31, 0x35, 0x39, 0x30, 0x7f, 0x0d]);
  t.end();
});

test("the quickest fingers: every key counts, also one struck twice, 80 ms each", (t) => {
  const { clock, door, events } = secured({ fingers: QUICKEST });
  events.length = 0;
  t.equal(door.command("press 1122334455667788990012*#"), null);
  t.equal(door.restsAt() - clock.now(), 24 * 80);
  clock.pass(3_000);
  const typed = events.flatMap((event) => (event.kind === "key" ? [event.key.use((key) => key)] : []));
  t.equal(typed.join(""), "1122334455667788990012*#");
  t.end();
});

test("a key held long is one key", (t) => {
  const { clock, door, events } = secured();
  t.equal(door.command("hold 5 4000"), null);
  clock.pass(10_000);
  t.equal(kinds(events).filter((kind) => kind === "key").length, 1);
  t.end();
});

test("REX, then the leaf: it opens once the bolt is back, and the contact tells", (t) => {
  const { clock, door, events } = rig();
  t.equal(door.command("door open"), "the door does not open: the strike is not released");
  t.equal(door.command("rex"), null);
  clock.pass(25);
  t.equal(door.command("door open"), null);
  clock.pass(1_000);
  t.equal(door.command("door close"), null);
  clock.pass(10_000);
  t.match(events, [
    { at: 20, kind: "relay", output: 0, released: true, for: 5_000 },
    { at: 20, kind: "rex", pressed: true },
    // 20 for the button, 50 for the bolt, 60 for the leaf, 20 for the contact.
    { at: 150, kind: "contact", input: 0, open: true },
    { at: 320, kind: "rex", pressed: false },
    // 500 for the leaf, 20 for the contact.
    { at: 1_545, kind: "contact", input: 0, open: false },
    { at: 5_020, kind: "relay", output: 0, released: false, for: null },
  ]);
  t.end();
});

test("a forced door needs no release", (t) => {
  const { clock, door, events } = rig();
  t.equal(door.command("door force"), null);
  clock.pass(1_000);
  t.match(events, [{ kind: "contact", open: true }]);
  t.equal(door.state().contact, true);
  t.end();
});

test("the strike follows a timed OUT and ends by itself, with the edge gone", (t) => {
  const { clock, door, events, cp } = secured();
  cp.ask({ name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(5_000) }] });
  t.same(door.state().relay, [true, false, false, false]);
  clock.pass(5_000);
  t.same(door.state().relay, [false, false, false, false]);
  t.match(
    events.filter(({ kind }) => kind === "relay"),
    [
      { released: true, for: 5_000 },
      { released: false, for: null },
    ],
  );
  t.end();
});

const cuts: readonly { name: string; settings: DoorSettings; off: readonly boolean[]; on: readonly boolean[] }[] = [
  { name: "fail-secure: nothing moves", settings: DEFAULT_SETTINGS, off: [], on: [] },
  { name: "fail-safe: released while there is no power", settings: FAIL_SAFE, off: [true], on: [false] },
];

for (const { name, settings, off, on } of cuts) {
  test(`a locked door loses power, ${name}`, (t) => {
    const { clock, door, events } = rig({ door: settings });
    const relays = () => {
      const told = events.filter((event) => event.kind === "relay").map(({ released }) => released);
      events.length = 0;
      return told;
    };
    door.command("power off");
    t.same(relays(), off);
    t.equal(door.state().relay[0], settings.strike.fail === "safe");
    clock.pass(1_000);
    t.equal(door.command("rex"), null, "the button moves, nobody is there to see it");
    clock.pass(1_000);
    door.command("power on");
    t.same(relays(), on);
    t.equal(door.state().relay[0], false);
    t.end();
  });
}

test("losing power in a release locks a fail-secure door at once, and drops the session", (t) => {
  const { door, events, cp } = secured();
  cp.ask({ name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(5_000) }] });
  events.length = 0;
  door.command("power off");
  t.same(kinds(events), ["power", "relay", "secure", "link"]);
  t.match(door.state(), { powered: false, secure: false, online: false });
  t.same(cp.ask({ name: "POLL" }), null, "nobody answers");
  t.end();
});

test("a brown-out is a boot: counters in flash go on, timers do not", (t) => {
  const flash = memoryFlash();
  const { clock, door, cp } = secured({ flash });
  cp.ask({ name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(60_000) }] });
  door.command("power brownout");
  clock.pass(199);
  t.equal(door.state().powered, false);
  clock.pass(1);
  t.match(door.state(), { powered: true, relay: [false, false, false, false] });
  t.equal(flash.read()?.boots, 2);
  t.equal(cp.open(SCBK), "secure", "the key outlives it");
  t.end();
});

test("keys typed without power go nowhere", (t) => {
  const { clock, door, events } = rig();
  door.command("power off");
  door.command("press 123456#");
  clock.pass(300);
  door.command("power on");
  events.length = 0;
  clock.pass(5_000);
  t.equal(kinds(events).filter((kind) => kind === "key").length, 5, "what is typed afterwards is seen");
  t.end();
});

test("two Controllers on one line answer for their own address", (t) => {
  const clock = new VirtualClock(monotonic(1_000));
  let frames: Frame[] = [];
  const write = (bytes: Uint8Array) => {
    const [item] = deframe(IDLE_LINE, bytes, monotonic(0)).items;
    if (item?.kind === "frame") frames.push(item.frame);
  };
  const doors = [3, 4].map((address) =>
    startSimulated(
      { address, baud: 9600, scbk: SCBK, install: false, clear: false },
      { write },
      { clock, random: countingBytes() },
    ),
  );
  const send = (bytes: Uint8Array) => {
    frames = [];
    for (const door of doors) door.receive(bytes);
    return frames;
  };
  for (const address of [3, 4]) {
    const cp = new CpRig({ send } as Pick<PdRig, "send"> as PdRig, address);
    t.equal(cp.open(SCBK), "secure");
    t.equal(frames.length, 1);
    t.equal(frames[0]!.address, address);
  }
  t.same(
    doors.map((door) => door.state().secure),
    [true, true],
  );
  t.end();
});

test("install mode ends with the first KEYSET, also over a power cut", (t) => {
  const flash: Flash = memoryFlash();
  const { door, cp } = rig({ scbk: null, install: true, flash });
  const scbkD = new Secret(Uint8Array.from({ length: 16 }, (_, at) => 0x30 + at));
  t.equal(cp.open(scbkD, "scbk-d"), "secure");
  t.match(cp.ask({ name: "KEYSET", type: 1, scbk: SCBK }), { name: "ACK" });
  t.ok(flash.read()?.scbk !== null, "stored");
  t.not(cp.open(scbkD, "scbk-d"), "secure");
  door.command("power off");
  door.command("power on");
  t.not(cp.open(scbkD, "scbk-d"), "secure");
  t.equal(cp.open(SCBK), "secure");
  t.end();
});

const refused = [
  "press",
  "press 12A",
  "hold",
  "hold 5",
  "hold 5 0",
  "hold 5 600001",
  "hold 55 100",
  "door",
  "door ajar",
  "door open now",
  "rex now",
  "fire on",
  "tamper",
  "tamper maybe",
  "power",
  "power up",
  "toString",
  "",
  `press ${"1".repeat(257)}`,
];

for (const line of refused) {
  test(`the line '${line.slice(0, 20)}' is answered with a sentence and does nothing`, (t) => {
    const { clock, door, events } = rig();
    const sentence = door.command(line);
    t.type(sentence, "string");
    t.notMatch(sentence, /12A/, "what was typed is not repeated");
    clock.pass(1_000);
    t.same(events, []);
    t.end();
  });
}

test("the fire contact releases as long as it is closed", (t) => {
  const { clock, door, events } = rig({ door: { ...DEFAULT_SETTINGS, fire: { input: 2 } } });
  t.equal(door.command("fire on"), null);
  clock.pass(600_000);
  t.equal(door.state().relay[0], true);
  t.equal(door.command("fire off"), null);
  clock.pass(100);
  t.same(kinds(events), ["relay", "fire", "relay", "fire"]);
  t.end();
});

test("a stopped Controller asks for no more time", (t) => {
  const { clock, door, events } = secured();
  door.command("press 123456#");
  door.stop();
  events.length = 0;
  clock.pass(60_000);
  t.same(events, []);
  t.end();
});

const READER = { cards: true, display: false };
for (const { line, sentence } of [
  { line: "card 3f8a2c40 26", sentence: null },
  { line: "card 3f8a2c40", sentence: null },
  { line: `card ${"ff".repeat(64)}`, sentence: null },
  { line: `card ${"ff".repeat(65)}`, sentence: /at most 512/ },
  { line: "card 3f8a2c40 33", sentence: /how many bits/ },
  { line: "card 3f8a2c40 24", sentence: /how many bits/ },
  { line: "card 3f8a2c40 0", sentence: /how many bits/ },
  { line: "card xyz", sentence: /hex digits/ },
  { line: "card", sentence: /hex digits/ },
  { line: "card 3f 8 8", sentence: /hex digits/ },
]) {
  test(`the line '${line.slice(0, 20)}' ${sentence === null ? "is a card" : "is none"}`, (t) => {
    const { door, events } = secured({ reader: READER });
    const said = door.command(line);
    if (sentence === null) t.equal(said, null);
    else t.match(said, sentence);
    t.equal(kinds(events).includes("card"), sentence === null);
    t.end();
  });
}

test("bits beyond the last that counts are zero, and where no card reader is fitted that is said", (t) => {
  const { door, cp } = secured({ reader: READER });
  door.command("card ffffffff 26");
  for (let reply = cp.ask({ name: "POLL" }); ; reply = cp.ask({ name: "POLL" })) {
    if (typeof reply !== "object" || reply === null || reply.name === "ACK") break;
    if (reply.name === "RAW") t.same(reply.card, Uint8Array.of(0xff, 0xff, 0xff, 0xc0));
  }
  t.equal(secured().door.command("card ff"), "no card reader is fitted");
  t.end();
});
