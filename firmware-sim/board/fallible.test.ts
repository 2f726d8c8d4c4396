import { Secret } from "@lintel/protocol/base/secret.ts";
import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import { deframe, IDLE_LINE } from "@lintel/protocol/osdp/deframe.ts";
import type { Frame } from "@lintel/protocol/osdp/frame.ts";
import { CpRig, countingBytes, type PdRig } from "@lintel/protocol/osdp/pd.rig.ts";
import { SCBK_D } from "@lintel/protocol/osdp/secure.ts";
import { test } from "tap";
import { DEFAULT_SETTINGS } from "../controller/settings.ts";
import { VirtualClock } from "./clock.ts";
import { startFallible } from "./fallible.ts";
import { DEVICE_FAULTS } from "./faults/catalogue.ts";
import type { SimulatedEvent, SimulatedOptions } from "./simulated-controller.ts";

const SCBK = new Secret(Uint8Array.from({ length: 16 }, (_, at) => at * 5 + 1));
const GRANT = { name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(5_000) }] } as const;

function rig(options: Partial<SimulatedOptions> = {}) {
  const clock = new VirtualClock(monotonic(50_000));
  const events: SimulatedEvent[] = [];
  const said: Uint8Array[] = [];
  const controller = startFallible(
    { address: 0, baud: 9600, scbk: SCBK, install: false, clear: false, ...options },
    { write: (bytes) => said.push(bytes) },
    { clock, random: countingBytes() },
  );
  controller.onEvent((event) => events.push(event));
  const send = (bytes: Uint8Array): readonly Frame[] => {
    said.length = 0;
    controller.receive(bytes);
    return said.flatMap((heard) =>
      deframe(IDLE_LINE, heard, monotonic(0)).items.flatMap((item) => (item.kind === "frame" ? [item.frame] : [])),
    );
  };
  /** `fault noise` and `no fault noise`, of what was told since the last time; everything else by its kind. */
  const told = () =>
    events
      .splice(0)
      .map((event) =>
        event.kind === "fault" ? `${event.fault.off ? "no " : ""}fault ${event.fault.kind.name}` : event.kind,
      );
  return { clock, controller, events, told, said, cp: new CpRig({ send } as Pick<PdRig, "send"> as PdRig, 0) };
}

/** While they stand the board has no power: the exit button is dead, and the strike as its kind falls. */
const POWERLESS = ["brown-out", "weak-supply", "power-cut"];

for (const { name, lasts } of DEVICE_FAULTS) {
  test(`${name} begins and ends live: REX opens within 100 ms where there is power, nobody gets in, all is well behind it`, (t) => {
    const { clock, controller, events, cp } = rig();
    t.equal(cp.open(SCBK), "secure");
    t.equal(controller.command(`fault ${name}`), null);
    t.same(
      controller.standing().map(({ kind }) => kind.name),
      lasts ? [name] : [],
    );
    clock.pass(500);
    const released = () => events.filter((event) => event.kind === "relay" && event.released).length;
    t.equal(released(), 0, "it opens nothing");
    if (!lasts) controller.command(`fault ${name}`);
    controller.command("rex");
    clock.pass(100);
    t.equal(released(), POWERLESS.includes(name) ? 0 : 1, "REX");
    clock.pass(10_000);
    if (lasts) t.equal(controller.command(`fault ${name} off`), null);
    clock.pass(10_000);
    t.same(controller.standing(), []);
    t.equal(cp.open(SCBK), "secure", "healed");
    events.length = 0;
    cp.ask(GRANT);
    t.equal(released(), 1);
    t.end();
  });
}

const heard: readonly { line: string; hears: "nothing" | "garbage" | "late" }[] = [
  { line: "fault byte-loss rate=1", hears: "nothing" },
  { line: "fault cable-cut", hears: "nothing" },
  { line: "fault plug-out", hears: "nothing" },
  { line: "fault swapped-wires", hears: "nothing" },
  { line: "fault wrong-baud", hears: "nothing" },
  { line: "fault noise every=10ms length=10ms", hears: "garbage" },
  { line: "fault late-reply by=1s", hears: "late" },
  { line: "fault twin-address", hears: "garbage" },
];

for (const { line, hears } of heard) {
  test(`${line}: a panel that asks hears ${hears}`, (t) => {
    const { clock, controller, said, cp } = rig();
    t.type(cp.ask({ name: "ID", kind: 0 }), "object", "before it, an answer");
    t.equal(controller.command(line), null);
    clock.pass(5);
    t.equal(cp.ask({ name: "ID", kind: 0 }), null);
    const bytes = () => said.reduce((sum, { length }) => sum + length, 0);
    t.equal(bytes() > 0, hears === "garbage");
    clock.pass(1_000);
    if (hears === "late") t.ok(bytes() > 10);
    t.end();
  });
}

test("what cannot be is a sentence with what is known, and nothing changes", (t) => {
  const { clock, controller, told } = rig();
  const table: readonly [line: string, says: RegExp][] = [
    ["fault", /^which fault\? there are byte-loss, noise, .*power-cut$/],
    ["fault 274936#", /^no such fault; there are byte-loss, /],
    ["fault disk-full", /^no such fault; there are byte-loss, /],
    ["fault noise loud", /^fault noise: loud: expected PARAMETER=VALUE/],
    ["fault noise loud=yes", /^fault noise: loud: noise has no such parameter; it has every, length, for, off$/],
    ["fault byte-loss rate=2", /^fault byte-loss: rate: "2", expected 0 to 1$/],
    ["fault noise off", /^fault noise: it does not stand$/],
    ["fault brown-out for=3s", /^fault brown-out: for: brown-out happens at once/],
    ["fault wrong-baud baud=9600", /^fault wrong-baud: the line runs at 9600 baud/],
  ];
  for (const [line, says] of table) t.match(controller.command(line), says, line);
  t.notMatch(controller.command("fault 274936#"), /274936/, "what may be a code is not repeated");
  clock.pass(10_000);
  t.same(told(), []);
  t.same(controller.standing(), []);
  t.match(
    rig({ door: { ...DEFAULT_SETTINGS, contact: null } }).controller.command("fault contact-chatter"),
    /no contact/,
  );
  t.end();
});

test("one with a length ends by itself; one begun anew has the end of its own", (t) => {
  const { clock, controller, told } = rig();
  controller.command("fault cable-cut for=10s");
  clock.pass(6_000);
  controller.command("fault cable-cut for=10s");
  clock.pass(9_999);
  t.same(told(), ["fault cable-cut", "fault cable-cut"]);
  t.equal(controller.standing().length, 1);
  clock.pass(1);
  t.same(told(), ["no fault cable-cut"]);
  controller.command("fault cable-cut for=10s");
  controller.command("fault cable-cut off");
  clock.pass(20_000);
  t.same(told(), ["fault cable-cut", "no fault cable-cut"]);
  t.end();
});

test("what a fault does as it begins is told behind it", (t) => {
  const { controller, told } = rig();
  controller.command("fault brown-out");
  t.same(told(), ["fault brown-out", "power"]);
  t.end();
});

test("a copied board holds the key that a panel has installed meanwhile, another one does not", (t) => {
  const { controller, cp } = rig({ scbk: null, install: true });
  t.equal(cp.open(SCBK_D, "scbk-d"), "secure");
  cp.ask({ name: "KEYSET", type: 1, scbk: SCBK });
  // Alone on the line it can be asked.
  controller.command("power off");
  controller.command("fault twin-address key=other");
  t.not(cp.open(SCBK), "secure");
  controller.command("fault twin-address key=same");
  t.equal(cp.open(SCBK), "secure");
  t.end();
});

test("another address and line speed from a panel: a twin is at the new address, and the wrong baud is another", (t) => {
  const { controller, cp } = rig();
  t.equal(cp.open(SCBK), "secure");
  t.match(cp.ask({ name: "COMSET", address: 5, baud: 38_400 }), { name: "COM" });
  t.match(controller.command("fault wrong-baud baud=38400"), /the line runs at 38400 baud/);
  t.equal(controller.command("fault wrong-baud baud=9600"), null);
  controller.command("fault wrong-baud off");
  controller.command("power off");
  controller.command("fault twin-address key=same");
  const moved = new CpRig(cp.pd, 5);
  t.equal(moved.open(SCBK), "secure");
  t.end();
});

for (const line of ["noise", "late-reply", "twin-address", "contact-chatter", "cable-cut for=5s"]) {
  test(`one that is stopped in the middle of ${line} says nothing more`, (t) => {
    const { clock, controller, told, said, cp } = rig();
    t.equal(controller.command(`fault ${line}`), null);
    cp.ask({ name: "ID", kind: 0 });
    controller.stop();
    told();
    said.length = 0;
    clock.pass(60_000);
    cp.ask({ name: "ID", kind: 0 });
    t.same(told(), []);
    t.same(said, []);
    t.same(controller.standing(), []);
    t.end();
  });
}
