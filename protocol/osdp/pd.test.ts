import { test } from "tap";
import { concat, toHex } from "../base/bytes.ts";
import { Secret } from "../base/secret.ts";
import { millis } from "../base/units.ts";
import type { Command, CommandName } from "./commands.ts";
import { LIMITS } from "./limits.ts";
import { CpRig, keypad, PdRig, said } from "./pd.rig.ts";
import type { Reply } from "./replies.ts";
import { SCBK_D, SCS } from "./secure.ts";
import { bytes } from "./vectors.rig.ts";

const SCBK = new Secret(bytes("000102030405060708090a0b0c0d0e0f"));
const NEW_SCBK = new Secret(bytes("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"));
const POLL: Command = { name: "POLL" };
const ID: Command = { name: "ID", kind: 0 };
const ACK: Reply = { name: "ACK" };
const OPEN: Command = { name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(5_000) }] };
const TIME = millis(100);
const DARK = { on: TIME, off: TIME, onColour: "red", offColour: "black" } as const;

function word(reply: Reply | string | null): string {
  if (reply === null) return "silence";
  if (typeof reply === "string") return reply;
  return reply.name === "NAK" ? `NAK ${reply.error}` : reply.name;
}

function secured(settings: ConstructorParameters<typeof PdRig>[0] = { scbk: SCBK }): { pd: PdRig; cp: CpRig } {
  const pd = new PdRig(settings);
  const cp = new CpRig(pd);
  const opened = cp.open(settings.scbk ?? SCBK_D, settings.scbk ? "scbk" : "scbk-d");
  if (opened !== "secure") throw new Error(`no session: ${opened}`);
  return { pd, cp };
}

/** One of each, so that permissions can be asked for all of them. */
const COMMANDS: Readonly<Record<Exclude<CommandName, "CHLNG" | "SCRYPT">, Command>> = {
  POLL,
  ID,
  CAP: { name: "CAP", kind: 0 },
  LSTAT: { name: "LSTAT" },
  ISTAT: { name: "ISTAT" },
  OSTAT: { name: "OSTAT" },
  RSTAT: { name: "RSTAT" },
  OUT: OPEN,
  LED: {
    name: "LED",
    leds: [
      {
        reader: 0,
        led: 0,
        temporary: { control: "nothing", ...DARK, time: TIME },
        permanent: { control: "set", ...DARK },
      },
    ],
  },
  BUZ: { name: "BUZ", reader: 0, tone: "default", on: TIME, off: TIME, count: 1 },
  TEXT: { name: "TEXT", reader: 0, control: "permanent", time: millis(0), row: 1, column: 1, text: "HELLO" },
  COMSET: { name: "COMSET", address: 5, baud: 9600 },
  KEYSET: { name: "KEYSET", type: 1, scbk: NEW_SCBK },
  ACURXSIZE: { name: "ACURXSIZE", replyBytesMax: 1440 },
  FILETRANSFER: { name: "FILETRANSFER", type: 1, total: 1, offset: 0, fragment: Uint8Array.of(1) },
  MFG: { name: "MFG", vendor: bytes("024c54"), payload: Uint8Array.of(1) },
  ABORT: { name: "ABORT" },
  KEEPACTIVE: { name: "KEEPACTIVE", time: millis(1_000) },
};
const ALL = Object.keys(COMMANDS);
const UNKEYED = "POLL ID CAP LSTAT ISTAT OSTAT RSTAT LED BUZ TEXT COMSET ACURXSIZE ABORT KEEPACTIVE".split(" ");

interface Permission {
  readonly name: string;
  readonly rig: () => { readonly cp: CpRig };
  readonly takes: readonly string[];
}

const permissions: readonly Permission[] = [
  { name: "in clear, keyed", rig: () => ({ cp: new CpRig(new PdRig({ scbk: SCBK })) }), takes: ["ID", "CAP"] },
  {
    name: "in clear, keyed and installing",
    rig: () => ({ cp: new CpRig(new PdRig({ scbk: SCBK, install: true })) }),
    takes: ["ID", "CAP"],
  },
  { name: "in clear, unkeyed", rig: () => ({ cp: new CpRig(new PdRig({})) }), takes: UNKEYED },
  {
    name: "in clear, unkeyed and installing",
    rig: () => ({ cp: new CpRig(new PdRig({ install: true })) }),
    takes: UNKEYED,
  },
  {
    name: "in clear, with --clear",
    rig: () => ({ cp: new CpRig(new PdRig({ clear: true })) }),
    takes: ALL.filter((name) => name !== "KEYSET"),
  },
  { name: "in the session of an installation", rig: () => secured({ install: true }), takes: [...UNKEYED, "KEYSET"] },
  { name: "in a session", rig: () => secured(), takes: ALL },
];

for (const { name: where, rig, takes } of permissions) {
  test(`${where}: a PD takes ${takes.length} of ${ALL.length} commands (design 4), the rest is NAK 6`, (t) => {
    for (const [name, command] of Object.entries(COMMANDS)) {
      const { cp } = rig();
      const refused = word(cp.ask(command)) === "NAK 6";
      t.equal(refused, !takes.includes(name), name);
      if (refused) t.same(cp.pd.executed, [], `${name} reached nobody`);
    }
    t.end();
  });
}

test("a keyed PD says NAK 6 in clear whatever the number (facts osdp 6)", (t) => {
  for (const sequence of [0, 1, 2, 3]) {
    const cp = new CpRig(new PdRig({ scbk: SCBK }));
    cp.sequence = sequence;
    t.equal(word(cp.ask(OPEN)), "NAK 6", `number ${sequence}`);
    t.same(cp.pd.executed, []);
  }
  t.end();
});

const handshakes = [
  { name: "its own SCBK", settings: { scbk: SCBK }, scbk: SCBK, key: "scbk", says: "secure" },
  { name: "another SCBK", settings: { scbk: SCBK }, scbk: NEW_SCBK, key: "scbk", says: "another key" },
  { name: "SCBK-D where nothing is installed", settings: { scbk: SCBK }, scbk: SCBK_D, key: "scbk-d", says: "NAK 5" },
  { name: "SCBK-D without install mode", settings: {}, scbk: SCBK_D, key: "scbk-d", says: "NAK 5" },
  { name: "SCBK-D while installing", settings: { install: true }, scbk: SCBK_D, key: "scbk-d", says: "secure" },
  { name: "an SCBK it does not have", settings: { install: true }, scbk: SCBK, key: "scbk", says: "NAK 5" },
  {
    name: "its own SCBK while re-installing",
    settings: { scbk: SCBK, install: true },
    scbk: SCBK,
    key: "scbk",
    says: "secure",
  },
  { name: "any key with --clear", settings: { clear: true }, scbk: SCBK_D, key: "scbk-d", says: "NAK 5" },
] as const;

for (const { name, settings, scbk, key, says } of handshakes) {
  test(`a handshake with ${name}: ${says}`, (t) => {
    const pd = new PdRig(settings);
    t.equal(new CpRig(pd).open(scbk, key), says);
    t.equal(pd.state.link.session?.key ?? null, says === "secure" ? key : null);
    t.end();
  });
}

test("a wrong server cryptogram: SCS_14 FF without data, and no session (facts osdp 6)", (t) => {
  const cp = new CpRig(new PdRig({ scbk: SCBK }));
  cp.pd.send(cp.handshakeBytes({ name: "CHLNG", rndA: new Uint8Array(8) }, SCS.chlng, "scbk"));
  cp.count();
  const wrong: Command = { name: "SCRYPT", cryptogram: new Uint8Array(16) };
  const [frame] = cp.pd.send(cp.handshakeBytes(wrong, SCS.scrypt, "scbk"));
  t.same(
    { scb: frame?.scb, data: frame?.data },
    { scb: { type: 0x14, data: Uint8Array.of(0xff) }, data: new Uint8Array(0) },
  );
  t.equal(cp.pd.state.link.session, null);
  cp.count();
  const [again] = cp.pd.send(cp.handshakeBytes(wrong, SCS.scrypt, "scbk"));
  t.equal(again && said(again), "NAK 5", "a handshake is tried once");
  t.end();
});

test("CHLNG is taken at any number, and ends the session before it (facts osdp 6)", (t) => {
  for (const sequence of [0, 1, 2, 3]) {
    const { pd, cp } = secured();
    cp.session = null;
    cp.sequence = sequence;
    const [frame] = pd.send(cp.handshakeBytes({ name: "CHLNG", rndA: new Uint8Array(8).fill(9) }, SCS.chlng, "scbk"));
    t.equal(frame && said(frame), "CCRYPT", `number ${sequence}`);
    t.equal(pd.state.link.session, null);
  }
  t.end();
});

test("RND.B is new in every handshake, also for the same RND.A (facts osdp 9.9)", (t) => {
  const cp = new CpRig(new PdRig({ scbk: SCBK }));
  const chlng = cp.handshakeBytes({ name: "CHLNG", rndA: new Uint8Array(8) }, SCS.chlng, "scbk");
  const [first] = cp.pd.send(chlng);
  const [second] = cp.pd.send(chlng);
  t.not(toHex(first!.data.subarray(8, 16)), toHex(second!.data.subarray(8, 16)));
  t.same(first!.data.subarray(0, 8), bytes("feca5a0703443322"), "cUID: the first 8 bytes of PDID");
  t.end();
});

test("KEYSET stores the key, then acknowledges it in the old session, which ends", (t) => {
  const { pd, cp } = secured({ install: true });
  t.equal(word(cp.ask(COMMANDS.KEYSET)), "ACK");
  t.same(pd.kinds().slice(0, 3), ["keyed", "send", "secure"], "stored before its ACK");
  t.equal(pd.state.settings.install, false, "install mode is over");
  t.equal(cp.open(SCBK_D, "scbk-d"), "NAK 5", "SCBK-D no more");
  t.equal(cp.open(NEW_SCBK), "secure");
  t.equal(word(cp.ask(OPEN)), "ACK");
  t.end();
});

test("a KEYSET whose ACK was lost is answered by the same bytes (facts osdp 8.18)", (t) => {
  const { pd, cp } = secured();
  const keyset = cp.bytesOf(COMMANDS.KEYSET);
  const [first] = pd.send(keyset);
  const [second] = pd.send(keyset);
  t.same(second?.bytes, first?.bytes);
  t.equal(pd.effects.filter(({ kind }) => kind === "keyed").length, 0, "stored once");
  t.equal(word(cp.read(second!)), "ACK");
  t.end();
});

const keysets = [
  { name: "all zero", type: 1, hex: "00".repeat(16), says: "NAK 9" },
  { name: "one byte repeated", type: 1, hex: "a5".repeat(16), says: "NAK 9" },
  { name: "SCBK-D", type: 1, hex: "303132333435363738393a3b3c3d3e3f", says: "NAK 9" },
  { name: "AES-256", type: 2, hex: "00112233445566778899aabbccddeeff", says: "NAK 9" },
  { name: "15 bytes", type: 1, hex: "00112233445566778899aabbccddee", says: "NAK 2" },
  { name: "17 bytes", type: 1, hex: "00112233445566778899aabbccddeeff00", says: "NAK 2" },
  { name: "16 different bytes", type: 1, hex: "00112233445566778899aabbccddeeff", says: "ACK" },
] as const;

for (const { name, type, hex, says } of keysets) {
  test(`KEYSET with a key of ${name}: ${says} (facts osdp 6)`, (t) => {
    const { pd, cp } = secured();
    t.equal(word(cp.ask({ name: "KEYSET", type, scbk: new Secret(bytes(hex)) })), says);
    t.equal(pd.kinds().includes("keyed"), says === "ACK");
    if (says !== "ACK") t.equal(word(cp.ask(POLL)), "ACK", "the session goes on with the old key");
    t.end();
  });
}

test("the same bytes again: the same answer, done once, the MAC chain unmoved (facts osdp 2)", (t) => {
  const { pd, cp } = secured();
  const out = cp.bytesOf(OPEN);
  const [first] = pd.send(out);
  const [second] = pd.send(out);
  const [third] = pd.send(out);
  t.same([second?.bytes, third?.bytes], [first?.bytes, first?.bytes]);
  t.equal(pd.executed.length, 1);
  t.same(pd.counted(), ["repeated"]);
  cp.read(first!);
  cp.count();
  t.equal(word(cp.ask(POLL)), "ACK", "the next command opens");
  t.end();
});

test("a BUSY is clear, has number 0, and leaves everything as it was for the same bytes (facts osdp 2)", (t) => {
  const { pd, cp } = secured();
  const out = cp.bytesOf(OPEN);
  pd.firmware = () => ({ name: "BUSY" });
  const [busy] = pd.send(out);
  t.same({ said: said(busy!), sequence: busy?.sequence, scb: busy?.scb }, { said: "BUSY", sequence: 0, scb: null });
  pd.firmware = () => ACK;
  const [done] = pd.send(out);
  t.equal(word(cp.read(done!)), "ACK");
  t.equal(pd.executed.length, 2, "asked of the firmware again");
  cp.count();
  t.equal(word(cp.ask(POLL)), "ACK");
  t.end();
});

/** The next command of `cp` under a number that is not its turn. */
function numbered(cp: CpRig, sequence: number, command: Command): Uint8Array {
  cp.sequence = sequence;
  return cp.bytesOf(command);
}

/** The next command of `cp`, without its seal. */
function inClear(cp: CpRig, command: Command): Uint8Array {
  cp.session = null;
  return cp.bytesOf(command);
}

function restarted(cp: CpRig): CpRig {
  cp.sequence = 0;
  return cp;
}

const endings = [
  { name: "a wrong number", make: (cp: CpRig) => numbered(cp, 1, POLL), says: "NAK 4", counts: "wrong-number" },
  {
    name: "the last number with other bytes",
    make: (cp: CpRig) => numbered(cp, 2, OPEN),
    says: "NAK 4",
    counts: "wrong-number",
  },
  { name: "number 0, sealed", make: (cp: CpRig) => numbered(cp, 0, OPEN), says: "NAK 6", counts: "not-permitted" },
  { name: "clear text", make: (cp: CpRig) => inClear(cp, OPEN), says: "NAK 6", counts: "clear-in-session" },
  {
    name: "clear text that is harmless",
    make: (cp: CpRig) => inClear(cp, ID),
    says: "NAK 6",
    counts: "clear-in-session",
  },
  {
    name: "number 0 and OUT",
    make: (cp: CpRig) => inClear(restarted(cp), OPEN),
    says: "NAK 6",
    counts: "not-permitted",
  },
  { name: "number 0 and ID", make: (cp: CpRig) => inClear(restarted(cp), ID), says: "PDID", counts: null },
] as const;

for (const { name, make, says, counts } of endings) {
  test(`in a session, ${name}: ${says}, nothing done, and the session ends (facts osdp 6)`, (t) => {
    const { pd, cp } = secured();
    t.equal(word(cp.ask(POLL)), "ACK");
    const before = cp.bytesOf(OPEN);
    pd.press("1");
    const [frame] = pd.send(make(cp));
    t.equal(frame && said(frame), says);
    t.same(pd.executed, []);
    t.same(pd.counted(), counts === null ? [] : [counts]);
    t.equal(pd.state.link.session, null);
    t.same(
      pd.effects.filter(({ kind }) => kind === "secure" || kind === "dropped-keypresses"),
      [
        { kind: "secure", on: false, key: null },
        { kind: "dropped-keypresses", count: 1 },
      ],
    );
    const [late] = pd.send(before);
    t.equal(late && said(late), "NAK 6", "a right command comes too late");
    t.same(pd.executed, []);
    t.end();
  });
}

test("a bad check keeps number and session, and is answered only where it disturbs nobody", (t) => {
  const { pd, cp } = secured();
  const out = cp.bytesOf(OPEN);
  const damaged = out.slice();
  damaged[damaged.length - 1]! ^= 1;
  const [nak] = pd.send(damaged);
  t.equal(nak && said(nak), "NAK 1");
  const [ack] = pd.send(out);
  t.equal(word(cp.read(ack!)), "ACK");
  t.same(pd.send(concat(damaged, Uint8Array.of(0x00))), [], "bytes followed: somebody is still sending");
  const other = damaged.slice();
  other[2] = 6;
  t.same(pd.send(other), [], "for another address");
  other[2] = 0x7f;
  t.same(pd.send(other), [], "for everybody");
  other[2] = 0x85;
  t.same(pd.send(other), [], "a reply");
  t.end();
});

test("8 s without a frame: offline, the session gone, keypresses dropped; 1 ms less: nothing (facts osdp 2)", (t) => {
  const { pd, cp } = secured();
  t.equal(word(cp.ask(POLL)), "ACK");
  pd.queue({ name: "ISTATR", inputs: ["active"] });
  pd.wait(3_000);
  pd.press("12");
  t.same(pd.rest(4_999), [], "7999 ms");
  t.same(
    pd.kinds().filter((kind) => kind !== "wake"),
    [],
  );
  pd.rest(1);
  t.same(
    pd.effects.filter(({ kind }) => kind !== "wake"),
    [
      // The keypresses are 5 s old in the same moment: dropped once.
      { kind: "secure", on: false, key: null },
      { kind: "dropped-keypresses", count: 2 },
      { kind: "link", online: false },
    ],
  );
  t.equal(cp.open(SCBK), "secure");
  t.equal(word(cp.ask(POLL)), "ISTATR", "what is no keypress waits for the next session");
  t.end();
});

test("an event leaves when the next new command comes (facts osdp 2)", (t) => {
  const { pd, cp } = secured();
  pd.press("1");
  pd.press("#");
  const poll = cp.bytesOf(POLL);
  const [first] = pd.send(poll);
  const [again] = pd.send(poll);
  t.same(again?.bytes, first?.bytes, "its reply was lost: the same event");
  t.same(cp.read(again!), keypad("1"));
  cp.count();
  t.equal(word(cp.ask(COMMANDS.LSTAT)), "LSTATR", "any new command counts");
  t.same(cp.ask(POLL), keypad("#"));
  t.same(cp.ask(POLL), ACK);
  t.end();
});

const ages = [
  { name: "4999 ms old: sent", age: 4_999, says: "KEYPAD", dropped: 0 },
  { name: "5000 ms old: dropped and counted", age: 5_000, says: "ACK", dropped: 2 },
] as const;

for (const { name, age, says, dropped } of ages) {
  test(`keypresses ${name} (design 3)`, (t) => {
    const { pd, cp } = secured();
    pd.press("12");
    pd.wait(age);
    t.equal(word(cp.ask(POLL)), says);
    const counts = pd.effects.flatMap((effect) => (effect.kind === "dropped-keypresses" ? [effect.count] : []));
    t.same(counts, dropped === 0 ? [] : [dropped]);
    t.end();
  });
}

test("keypresses that grew old in the cache are not repeated: the CP starts over", (t) => {
  const { pd, cp } = secured();
  pd.press("1");
  const poll = cp.bytesOf(POLL);
  pd.send(poll);
  pd.wait(5_000);
  const [frame] = pd.send(poll);
  t.equal(frame && said(frame), "NAK 4");
  t.equal(pd.state.link.session, null);
  t.match(pd.effects, [{ kind: "counted" }, { kind: "dropped-keypresses", count: 1 }]);
  t.equal(cp.open(SCBK), "secure");
  t.same(cp.ask(POLL), ACK);
  t.end();
});

const unsent = [
  { name: "a keyed PD without a session", rig: () => new PdRig({ scbk: SCBK }) },
  { name: "an unkeyed PD", rig: () => new PdRig({}) },
  { name: "the session of an installation", rig: () => secured({ install: true }).pd },
] as const;

for (const { name, rig } of unsent) {
  test(`${name} sends no keypress: dropped and counted (design 4)`, (t) => {
    const pd = rig();
    pd.press("123");
    t.match(pd.effects, [{ kind: "dropped-keypresses", count: 3 }]);
    pd.queue({ name: "RAW", reader: 0, format: 0, bits: 8, card: Uint8Array.of(1) });
    t.same(pd.counted(), ["event-dropped"]);
    t.same(pd.state.queue, []);
    t.end();
  });
}

test("with --clear keypresses are sent, also those from before the first POLL", (t) => {
  const cp = new CpRig(new PdRig({ clear: true }));
  cp.pd.press("1");
  t.same(cp.ask(POLL), keypad("1"));
  t.end();
});

test("the queue holds 64 events; one more drops the oldest (limits)", (t) => {
  const { pd } = secured();
  for (let at = 0; at < LIMITS.osdpQueuedEvents; at += 1)
    pd.queue({ name: "MFGREP", vendor: bytes("024c54"), payload: Uint8Array.of(at) });
  t.same(pd.counted(), []);
  pd.queue({ name: "ISTATR", inputs: [] });
  t.same(pd.counted(), ["event-dropped"]);
  t.equal(pd.state.queue.length, LIMITS.osdpQueuedEvents);
  t.match(pd.state.queue[0]?.reply, { payload: Uint8Array.of(1) });
  t.end();
});

test("a session is not disturbed through 0x7F, and ID there is answered outside of one (facts osdp 1)", (t) => {
  const everybody = new CpRig(new PdRig({ scbk: SCBK }), 0x7f);
  const [pdid] = everybody.pd.send(everybody.bytesOf(ID));
  t.same([said(pdid!), pdid!.bytes[1]], ["PDID", 0xff]);
  const { pd, cp } = secured();
  const tool = new CpRig(pd, 0x7f);
  tool.sequence = 2;
  t.same(pd.send(tool.bytesOf(ID)), []);
  t.same(pd.send(tool.bytesOf(OPEN)), []);
  t.equal(word(cp.ask(POLL)), "ACK");
  t.end();
});

test("other addresses are not heard: they keep nothing alive and end nothing", (t) => {
  const { pd, cp } = secured();
  pd.wait(7_000);
  t.same(pd.send(new CpRig(pd, 6).bytesOf(POLL)), []);
  pd.wait(999);
  t.equal(word(cp.ask(POLL)), "ACK");
  const other = new CpRig(pd, 6);
  pd.wait(7_999);
  pd.send(other.bytesOf(POLL));
  pd.rest(1);
  t.ok(pd.kinds().includes("link"), "8 s since our own last frame");
  t.end();
});

test("a wake is asked for what is due next, once, and asked again when it came early", (t) => {
  const { pd, cp } = secured();
  const wakes = () => pd.effects.flatMap((effect) => (effect.kind === "wake" ? [effect.at - pd.now] : []));
  t.same(wakes(), [], "one wake waits already");
  pd.rest(8_000);
  t.equal(cp.open(SCBK), "secure");
  pd.press("1");
  t.same(wakes(), [5_000]);
  pd.send(Uint8Array.of(0x53));
  t.same(wakes(), [20]);
  pd.rest(19);
  t.same(wakes(), [1], "a timer that came early");
  pd.rest(1);
  t.same(wakes(), [4_980]);
  pd.wait(100);
  pd.press("2");
  t.same(wakes(), []);
  t.end();
});

test("what the firmware may forget: an answer without a command, and input before the answer", (t) => {
  const pd = new PdRig({ clear: true });
  t.throws(() => pd.input({ kind: "answer", reply: ACK }), { name: "InvariantViolation" });
  t.throws(() => new PdRig({ scbk: SCBK, clear: true }), { name: "InvariantViolation" });
  t.throws(() => new PdRig({ scbk: SCBK_D }), { name: "InvariantViolation" });
  t.throws(() => new PdRig({ address: 0x7f }), { name: "InvariantViolation" });
  t.end();
});
