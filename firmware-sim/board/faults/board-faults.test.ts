/** Power that fails between two steps of the firmware, seen from the line and from the flash; keys, contact and strike from the pins. */
import { Secret } from "@lintel/protocol/base/secret.ts";
import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import { deframe, IDLE_LINE } from "@lintel/protocol/osdp/deframe.ts";
import type { Frame } from "@lintel/protocol/osdp/frame.ts";
import { CpRig, countingBytes, type PdRig } from "@lintel/protocol/osdp/pd.rig.ts";
import { test } from "tap";
import { memoryFlash } from "../../controller/flash.ts";
import { DEFAULT_SETTINGS, type DoorSettings } from "../../controller/settings.ts";
import { VirtualClock } from "../clock.ts";
import { type SimulatedEvent, startSimulated } from "../simulated-controller.ts";
import { DEVICE_FAULTS } from "./catalogue.ts";
import { readFaultWords } from "./fault.ts";

const SCBK = new Secret(Uint8Array.from({ length: 16 }, (_, at) => at * 5 + 1));
const NEXT_SCBK = new Secret(Uint8Array.from({ length: 16 }, (_, at) => at * 7 + 2));
const GRANT = { name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(5_000) }] } as const;

function rig(door: DoorSettings = DEFAULT_SETTINGS) {
  const clock = new VirtualClock(monotonic(50_000));
  const flash = memoryFlash();
  const events: SimulatedEvent[] = [];
  const sent: Uint8Array[] = [];
  const options = { address: 0, baud: 9600, scbk: SCBK, install: false, clear: false, door, flash };
  const controller = startSimulated(
    options,
    { write: (bytes) => sent.push(bytes) },
    { clock, random: countingBytes() },
  );
  controller.onEvent((event) => events.push(event));
  const send = (bytes: Uint8Array): readonly Frame[] => {
    sent.length = 0;
    controller.receive(bytes);
    return sent.flatMap((said) =>
      deframe(IDLE_LINE, said, monotonic(0)).items.flatMap((item) => (item.kind === "frame" ? [item.frame] : [])),
    );
  };
  const cp = new CpRig({ send } as Pick<PdRig, "send"> as PdRig, 0);
  const fault = (name: string, ...words: string[]) => {
    const read = readFaultWords(DEVICE_FAULTS.find((kind) => kind.name === name)!, words);
    if (!read.ok) throw new Error(read.error.message);
    return controller.fault(read.value);
  };
  const keys = () => events.flatMap((event) => (event.kind === "key" ? [event.key.use((key) => key)] : [])).join("");
  const relays = () => events.flatMap((event) => (event.kind === "relay" ? [event.released] : []));
  return { clock, flash, controller, cp, fault, sent, keys, relays };
}

type Rig = ReturnType<typeof rig>;

function secured(door?: DoorSettings): Rig {
  const made = rig(door);
  if (made.cp.open(SCBK) !== "secure") throw new Error("no session");
  return made;
}

const cuts: readonly { words: readonly string[]; answered: "whole" | "part" | "nothing"; holds: string }[] = [
  { words: ["step=answer", "when=before"], answered: "nothing", holds: "the new key" },
  { words: ["step=answer", "when=before", "sent=5"], answered: "part", holds: "the new key" },
  { words: ["step=answer", "when=after"], answered: "whole", holds: "the new key" },
  { words: ["step=store", "when=before"], answered: "nothing", holds: "the old key" },
  { words: ["step=store", "when=after"], answered: "nothing", holds: "the new key" },
];

for (const { words, answered, holds } of cuts) {
  test(`KEYSET, power cut ${words.join(" ")}: ${answered} is answered, ${holds} stands`, (t) => {
    const { cp, fault, flash, controller, sent } = secured();
    t.equal(fault("power-cut", ...words), null);
    cp.ask({ name: "KEYSET", type: 1, scbk: NEXT_SCBK });
    const bytes = sent.reduce((sum, { length }) => sum + length, 0);
    t.equal(bytes === 0 ? "nothing" : bytes === 5 ? "part" : "whole", answered);
    t.equal(controller.state().powered, false);
    const held = holds === "the new key" ? NEXT_SCBK : SCBK;
    t.same(
      flash.read()!.scbk!.use((key) => [...key]),
      held.use((key) => [...key]),
    );
    t.equal(fault("power-cut", "off"), null);
    t.equal(controller.state().powered, true, "power is back when the fault is over");
    t.equal(cp.open(held), "secure");
    t.end();
  });
}

test("the nth step counts, and a cut comes once", (t) => {
  const { clock, cp, fault, controller, relays } = secured();
  fault("power-cut", "step=drive", "nth=3");
  cp.ask(GRANT);
  clock.pass(5_000);
  t.same(relays(), [true, false], "the first two");
  t.equal(controller.state().powered, true);
  cp.ask(GRANT);
  t.equal(controller.state().powered, false);
  fault("power-cut", "off");
  cp.open(SCBK);
  cp.ask(GRANT);
  t.match(controller.state(), { powered: true, relay: [true] });
  t.end();
});

test("a cut that is taken off before it came cuts nothing; power that somebody switched meanwhile is theirs", (t) => {
  const { cp, fault, controller } = secured();
  fault("power-cut");
  fault("power-cut", "off");
  cp.ask(GRANT);
  t.equal(controller.state().powered, true);
  fault("power-cut", "step=answer");
  cp.ask({ name: "POLL" });
  t.equal(controller.state().powered, false);
  controller.command("power off");
  fault("power-cut", "off");
  t.equal(controller.state().powered, false);
  t.end();
});

test("a supply too weak for the strike: the bolt has no time to move, and it starts anew", (t) => {
  const { clock, cp, fault, flash, controller, relays } = secured();
  fault("weak-supply", "length=300ms");
  const { boots } = flash.read()!;
  cp.ask(GRANT);
  t.equal(controller.state().powered, false);
  t.equal(controller.command("door open"), "the door does not open: the strike is not released");
  clock.pass(300);
  t.equal(controller.state().powered, true);
  t.equal(flash.read()!.boots, boots + 1);
  t.same(relays(), [], "nobody was told of a release that was none");
  fault("weak-supply", "off");
  cp.open(SCBK);
  cp.ask(GRANT);
  t.same(relays(), [true]);
  t.end();
});

test("a weak supply under a fail-safe strike: it is released while power is away, and locks anew each time in vain", (t) => {
  const { clock, fault, controller } = rig({ ...DEFAULT_SETTINGS, strike: { output: 0, fail: "safe" } });
  fault("weak-supply", "length=1s");
  controller.command("power off");
  controller.command("power on");
  clock.pass(10_500);
  t.match(controller.state(), { powered: false, relay: [true] });
  fault("weak-supply", "off");
  clock.pass(1_000);
  t.match(controller.state(), { powered: true, relay: [false] });
  t.end();
});

const bounces: readonly { words: readonly string[]; typed: string }[] = [
  { words: [], typed: "12" },
  { words: ["times=1", "spacing=19ms"], typed: "12" },
  { words: ["times=2", "spacing=40ms"], typed: "1111122222" },
];

for (const { words, typed } of bounces) {
  test(`12 with contacts that bounce ${words.join(" ")}: ${typed}`, (t) => {
    const { clock, controller, fault, keys } = rig();
    fault("bouncing-keys", ...words);
    // Slowly enough for the longest of them to come to rest.
    controller.command("hold 1 300");
    clock.pass(600);
    controller.command("hold 2 300");
    clock.pass(600);
    t.equal(keys(), typed);
    fault("bouncing-keys", "off");
    controller.command("press 12");
    clock.pass(600);
    t.equal(keys(), `${typed}12`);
    t.end();
  });
}

test("a stuck key counts once, also after a power cut; others are heard over it", (t) => {
  const { clock, controller, fault, keys } = rig();
  fault("stuck-key", "key=4");
  clock.pass(100);
  controller.command("press 1447");
  clock.pass(2_000);
  t.equal(keys(), "417");
  controller.command("power off");
  controller.command("power on");
  clock.pass(1_000);
  t.equal(keys(), "4174");
  fault("stuck-key", "off");
  clock.pass(100);
  controller.command("press 4");
  clock.pass(1_000);
  t.equal(keys(), "41744");
  t.end();
});

test("a bolt that does not move: held, it stops a released leaf; free, it stops none", (t) => {
  const { clock, controller, fault } = rig();
  fault("strike-jam");
  controller.command("rex");
  clock.pass(200);
  t.match(controller.command("door open"), /jammed/);
  t.match(controller.command("door force"), /jammed/);
  clock.pass(6_000);
  t.equal(controller.command("door force"), null, "a locked one can be broken");
  clock.pass(1_000);
  t.equal(controller.command("door close"), null);
  clock.pass(1_000);
  fault("strike-jam", "bolt=free");
  t.equal(controller.command("door open"), null);
  clock.pass(1_000);
  t.equal(controller.state().contact, true);
  controller.command("door close");
  clock.pass(1_000);
  fault("strike-jam", "off");
  t.equal(controller.command("door open"), "the door does not open: the strike is not released");
  t.end();
});

test("whoever was pulling as the bolt jammed pulls in vain", (t) => {
  const { clock, controller, fault } = rig();
  controller.command("rex");
  clock.pass(30);
  t.equal(controller.command("door open"), null);
  fault("strike-jam");
  clock.pass(1_000);
  t.equal(controller.state().contact, false);
  t.end();
});

test("a chattering contact rests where the leaf is when it is over; without a contact there is none", (t) => {
  const { clock, controller, fault } = rig();
  fault("contact-chatter", "every=50ms");
  clock.pass(10_000);
  fault("contact-chatter", "off");
  t.equal(controller.state().contact, false);
  controller.command("door force");
  clock.pass(1_000);
  t.equal(controller.state().contact, true);
  t.equal(rig({ ...DEFAULT_SETTINGS, contact: null }).fault("contact-chatter"), "no contact is fitted");
  t.end();
});

test("a dip in a supply that is off gives nobody power", (t) => {
  const { clock, controller, fault } = rig();
  controller.command("power off");
  controller.command("power brownout");
  t.equal(fault("brown-out"), "there is no power that could dip");
  clock.pass(1_000);
  t.equal(controller.state().powered, false);
  t.end();
});

test("one that is stopped in the middle of faults asks for no more time", (t) => {
  const { clock, controller, fault, keys } = rig();
  for (const name of ["bouncing-keys", "contact-chatter", "brown-out", "weak-supply"]) fault(name);
  controller.command("press 12");
  controller.stop();
  let asked = 0;
  const { wake } = clock;
  clock.wake = (...args) => {
    asked += 1;
    return wake.apply(clock, args);
  };
  clock.pass(60_000);
  t.equal(asked, 0);
  t.equal(keys(), "");
  t.end();
});
