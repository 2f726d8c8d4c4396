/**
 * The conformance list of a PD, by its numbers (facts osdp 10), asked of the whole firmware: bytes in, frames out. The
 * same list for a CP: edge/bus/conformance.test.ts. Each rule has more cases beside the code that keeps it.
 */
import { Secret } from "@lintel/protocol/base/secret.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import { type Command, encodeCommand } from "@lintel/protocol/osdp/commands.ts";
import { type CheckKind, encodeFrame, type Frame } from "@lintel/protocol/osdp/frame.ts";
import { CpRig, PdRig, said } from "@lintel/protocol/osdp/pd.rig.ts";
import type { Reply } from "@lintel/protocol/osdp/replies.ts";
import { SCBK_D, SCS } from "@lintel/protocol/osdp/secure.ts";
import { test } from "tap";
import { ControllerRig, RIG_OPTIONS, RIG_SCBK, type } from "./controller.rig.ts";
import { LIMITS } from "./limits.ts";
import { BLANK_FLASH } from "./settings.ts";
import type { ControllerOptions } from "./state.ts";

const READER = { cards: true, display: true };
const OTHER = new Secret(Uint8Array.from({ length: 16 }, (_, at) => 0xa0 + at));

function cpOf(rig: ControllerRig, address = RIG_OPTIONS.address): CpRig {
  return new CpRig(rig as unknown as PdRig, address);
}

/** A Controller that speaks in clear, as `lintel sim --clear`. */
function inClear(options: Partial<ControllerOptions> = {}): { rig: ControllerRig; cp: CpRig } {
  const rig = new ControllerRig({ flash: BLANK_FLASH, clear: true, reader: READER, ...options });
  return { rig, cp: cpOf(rig) };
}

function inSession(options: Partial<ControllerOptions> = {}): { rig: ControllerRig; cp: CpRig } {
  const rig = new ControllerRig({ reader: READER, ...options });
  const cp = cpOf(rig);
  if (cp.open(RIG_SCBK) !== "secure") throw new Error("no session");
  return { rig, cp };
}

function brief(reply: Reply | string | null): string {
  if (reply === null || typeof reply === "string") return reply ?? "silence";
  return reply.name === "NAK" ? `NAK ${reply.error}` : reply.name;
}

const POLL: Command = { name: "POLL" };
const LSTAT: Command = { name: "LSTAT" };
const ID: Command = { name: "ID", kind: 0 };

/** A command in clear, with any number, address and kind of check. */
function frameOf(
  command: Command,
  {
    sequence = 0,
    address = RIG_OPTIONS.address,
    check = "crc",
  }: { sequence?: number; address?: number; check?: CheckKind } = {},
): Uint8Array {
  return encodeFrame({ address, reply: false, sequence, check, scb: null, ...encodeCommand(command) });
}

function words(frames: readonly Frame[]): string {
  return frames.length === 0 ? "silence" : frames.map(said).join(" ");
}

function textOf(bytes: Uint8Array): Command {
  const text = String.fromCharCode(...bytes);
  return { name: "TEXT", reader: 0, control: "permanent", time: millis(0), row: 1, column: 1, text };
}

/** Everything that waits to be told. */
function fetched(cp: CpRig): Reply[] {
  const replies: Reply[] = [];
  for (;;) {
    const reply = cp.ask(POLL);
    if (reply === null || typeof reply === "string") throw new Error(`no reply to POLL: ${reply}`);
    if (reply.name === "ACK") return replies;
    replies.push(reply);
  }
}

test("osdp PD 1: all 256 byte values pass", (t) => {
  for (const { cp } of [inClear(), inSession()]) {
    for (const from of [0, 128]) {
      const all = Uint8Array.from({ length: 128 }, (_, at) => from + at);
      t.equal(brief(cp.ask(textOf(all))), "ACK");
    }
  }
  t.end();
});

test("osdp PD 2: numbers are little-endian", (t) => {
  const { rig, cp } = inClear();
  t.equal(brief(cp.askRaw({ code: 0x68, data: Uint8Array.of(0, 5, 0x2c, 0x01) })), "ACK");
  rig.wait(29_999);
  t.equal(rig.energised(0), true);
  rig.wait(1);
  t.equal(rig.energised(0), false);
  t.end();
});

test("osdp PD 3: frames of 128 bytes are taken, of 1440 too, and a longer one does no harm", (t) => {
  const { rig, cp } = inClear();
  const text = frameOf(textOf(new Uint8Array(128 - 8 - 6).fill(0x41)), { sequence: 0 });
  t.equal(text.length, 1 + 128);
  t.equal(words(rig.send(text)), "ACK");
  const vendor = Uint8Array.of(1, 2, 3);
  const longest = { address: 5, reply: false, sequence: 0, check: "crc", scb: null, code: 0x80 } as const;
  const data = new Uint8Array(1440 - 8);
  data.set(vendor);
  const frame = encodeFrame({ ...longest, data });
  t.equal(frame.length, 1 + 1440);
  t.match(words(rig.send(frame)), /^NAK [29]$/, "longer than any MFG of ours, and answered");
  const lies = Uint8Array.from(frame);
  lies[3] = 1441 & 0xff;
  t.equal(words(rig.send(lies)), "silence");
  rig.wait(30);
  t.equal(brief(cp.ask(POLL)) === "silence", false);
  t.end();
});

for (const marks of [0, 1, 2, 7]) {
  test(`osdp PD 4: ${marks} marks before a frame`, (t) => {
    const { rig } = inClear();
    const bare = frameOf(LSTAT).subarray(1);
    t.equal(words(rig.send(Uint8Array.from([...new Array<number>(marks).fill(0xff), ...bare]))), "LSTATR");
    t.end();
  });
}

for (const [pause, first, second] of [
  [19, "silence", "LSTATR"],
  [21, "silence", "silence"],
] as const) {
  test(`osdp PD 5: a pause of ${pause} ms inside a frame`, (t) => {
    const { rig } = inClear();
    const frame = frameOf(LSTAT);
    t.equal(words(rig.send(frame.subarray(0, 5))), first);
    rig.wait(pause);
    t.equal(words(rig.send(frame.subarray(5))), second);
    rig.wait(30);
    t.equal(words(rig.send(frame)), "LSTATR", "and the next is understood");
    t.end();
  });
}

for (const check of ["crc", "checksum"] as const) {
  test(`osdp PD 6: ${check}, answered by the same`, (t) => {
    const [frame] = inClear().rig.send(frameOf(LSTAT, { check }));
    t.equal(frame!.check, check);
    t.end();
  });
}

test("osdp PD 7: reserved bits of CTRL go out as 0", (t) => {
  for (const { rig } of [inClear(), inSession()]) {
    const [frame] = rig.send(frameOf(ID));
    t.equal(frame!.bytes[4]! & 0xf0, 0);
  }
  t.end();
});

const disorders = [
  ["rubbish before it", (frame: Uint8Array) => [Uint8Array.of(0, 0x53, 0x53, 0x12, 0xff, 0x53), frame]],
  ["a frame cut short before it", (frame: Uint8Array) => [frame.subarray(0, 6), frame]],
  ["itself before it", (frame: Uint8Array) => [frame, frame]],
  [
    "a reply of somebody else before it",
    (frame: Uint8Array) => [Uint8Array.of(0xff, 0x53, 0x83, 8, 0, 4, 0x40), frame],
  ],
] as const;
for (const [name, order] of disorders) {
  test(`osdp PD 8: a frame with ${name} is understood`, (t) => {
    const { rig } = inClear();
    const heard = order(frameOf(LSTAT)).map((bytes) => {
      const answer = words(rig.send(bytes));
      rig.wait(25);
      return answer;
    });
    t.equal(heard.at(-1), "LSTATR");
    t.end();
  });
}
test("osdp PD 8: two frames joined are two commands", (t) => {
  const { rig } = inClear();
  const joined = Uint8Array.from([...frameOf(LSTAT), ...frameOf({ name: "OSTAT" }, { sequence: 1 })]);
  t.equal(words(rig.send(joined)), "LSTATR OSTATR");
  t.end();
});

test("osdp PD 9: one reply for each command, within 200 ms", (t) => {
  const { rig } = inClear();
  for (let at = 0; at < 8; at += 1)
    t.equal(rig.send(frameOf(LSTAT, { sequence: at === 0 ? 0 : ((at - 1) % 3) + 1 })).length, 1);
  rig.wait(1_000);
  t.end();
});

test("osdp PD 10: another address is not answered; 0x7F answers ID, CAP and COMSET, as 0xFF", (t) => {
  const { rig } = inClear();
  t.equal(words(rig.send(frameOf(POLL, { address: 6 }))), "silence");
  t.equal(words(rig.send(frameOf(POLL, { address: 0x7f }))), "silence");
  for (const command of [ID, { name: "CAP", kind: 0 }, { name: "COMSET", address: 5, baud: 9600 }] as const) {
    const [frame] = rig.send(frameOf(command, { address: 0x7f }));
    t.equal(frame!.bytes[1], 0xff, command.name);
  }
  t.end();
});

test("osdp PD 11: number 0 starts over", (t) => {
  const { rig } = inClear();
  for (let at = 0; at < 3; at += 1) t.equal(words(rig.send(frameOf(LSTAT))), "LSTATR");
  const secure = inSession();
  t.equal(words(secure.rig.send(frameOf(ID))), "PDID");
  t.equal(secure.rig.state.session, null);
  t.end();
});

test("osdp PD 12: a repetition gets the same bytes, and is done once", (t) => {
  for (const { rig, cp } of [inClear(), inSession()]) {
    rig.send(cp.session === null ? frameOf(LSTAT) : Uint8Array.of());
    if (cp.session === null) cp.count();
    const out = cp.bytesOf({ name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(1_000) }] });
    const [first] = rig.send(out);
    rig.wait(600);
    const [second] = rig.send(out);
    t.same(second!.bytes, first!.bytes);
    rig.wait(400);
    t.equal(rig.energised(0), false, "the time of the first");
  }
  t.end();
});

test("osdp PD 13: a wrong check is NAK 1, and changes nothing", (t) => {
  const { rig, cp } = inSession();
  const frame = cp.bytesOf(LSTAT);
  const broken = Uint8Array.from(frame);
  broken[broken.length - 1]! ^= 1;
  t.equal(words(rig.send(broken)), "NAK 1");
  rig.wait(25);
  t.equal(brief(cp.read(rig.send(frame)[0]!)), "LSTATR");
  t.end();
});

test("osdp PD 14: a wrong number is NAK 4", (t) => {
  const { rig } = inClear();
  rig.send(frameOf(LSTAT));
  t.equal(words(rig.send(frameOf(LSTAT, { sequence: 3 }))), "NAK 4");
  t.equal(words(rig.send(frameOf(LSTAT, { sequence: 1 }))), "LSTATR");
  t.end();
});

for (const { code, data } of [
  { code: 0x60, data: [0] },
  { code: 0x61, data: [] },
  { code: 0x64, data: [0] },
  { code: 0x68, data: [] },
  { code: 0x68, data: [0, 5, 1] },
  { code: 0x69, data: [0, 0] },
  { code: 0x6a, data: [0, 2, 1] },
  { code: 0x6e, data: [5, 0x80, 0x25, 0] },
  { code: 0xa2, data: [1] },
]) {
  test(`osdp PD 15: ${code.toString(16)} with ${data.length} bytes is NAK 2`, (t) => {
    for (const { cp } of [inClear(), inSession()]) {
      t.equal(brief(cp.askRaw({ code, data: Uint8Array.from(data) })), "NAK 2");
    }
    t.end();
  });
}

test("osdp PD 16: an unknown command is NAK 3", (t) => {
  for (const { cp } of [inClear(), inSession()]) {
    for (const code of [0x63, 0x6c, 0x6d, 0x73, 0x74, 0xa1, 0xa3, 0xa4, 0xa5, 0x00, 0xff]) {
      t.equal(brief(cp.askRaw({ code, data: Uint8Array.of() })), "NAK 3", code.toString(16));
    }
  }
  t.end();
});

test("osdp PD 17: a security block without a session is NAK 5 or 6", (t) => {
  for (const clear of [true, false]) {
    const { rig } = clear ? inClear() : { rig: new ControllerRig() };
    const sealed = inSession().cp.bytesOf(POLL);
    t.match(words(rig.send(sealed)), /^NAK [56]$/);
    const parts = { address: 5, reply: false, sequence: 0, check: "crc", code: 0x60, data: Uint8Array.of() } as const;
    const bytes = encodeFrame({ ...parts, scb: { type: SCS.chlng, data: Uint8Array.of(1) } });
    t.match(words(rig.send(bytes)), /^NAK [56]$/);
  }
  t.end();
});

test("osdp PD 18: a keyed one in clear says NAK 6 to all but ID, CAP and the handshake", (t) => {
  const cp = cpOf(new ControllerRig({ reader: READER }));
  for (const command of [ID, { name: "CAP", kind: 0 }] as const) t.not(brief(cp.ask(command)), "NAK 6");
  for (const command of [
    POLL,
    LSTAT,
    { name: "RSTAT" },
    textOf(Uint8Array.of(0x41)),
    { name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(1_000) }] },
    { name: "COMSET", address: 6, baud: 9600 },
    { name: "KEYSET", type: 1, scbk: OTHER },
    { name: "ABORT" },
  ] as const) {
    t.equal(brief(cp.ask(command)), "NAK 6", command.name);
  }
  t.end();
});

test("osdp PD 19: every command of its parts, in clear and in a session", (t) => {
  const still = { on: millis(0), off: millis(0), onColour: "black", offColour: "black" } as const;
  const asked: readonly (readonly [Command, string])[] = [
    [ID, "PDID"],
    [{ name: "CAP", kind: 0 }, "PDCAP"],
    [LSTAT, "LSTATR"],
    [{ name: "ISTAT" }, "ISTATR"],
    [{ name: "OSTAT" }, "OSTATR"],
    [{ name: "RSTAT" }, "RSTATR"],
    [{ name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(1_000) }] }, "ACK"],
    [
      {
        name: "LED",
        leds: [
          {
            reader: 0,
            led: 0,
            temporary: { control: "nothing", ...still, time: millis(0) },
            permanent: { control: "set", ...still, on: millis(100), onColour: "green" },
          },
        ],
      },
      "ACK",
    ],
    [{ name: "BUZ", reader: 0, tone: "default", on: millis(100), off: millis(100), count: 1 }, "ACK"],
    [textOf(Uint8Array.of(0x41)), "ACK"],
    [{ name: "COMSET", address: 5, baud: 9600 }, "COM"],
  ];
  for (const { cp } of [inClear(), inSession()]) {
    for (const [command, answer] of asked) t.equal(brief(cp.ask(command)), answer, command.name);
  }
  t.end();
});

test("osdp PD 20: PDCAP lists 8 and 9 always, and what is fitted", (t) => {
  const bare = inSession({ reader: { cards: false, display: false } }).cp.ask({ name: "CAP", kind: 0 });
  const whole = inSession().cp.ask({ name: "CAP", kind: 0 });
  const functions = (reply: Reply | string | null) =>
    typeof reply === "object" && reply?.name === "PDCAP" ? reply.capabilities.map((each) => each.function) : [];
  t.ok(functions(bare).includes(8) && functions(bare).includes(9));
  t.same(
    functions(whole).filter((each) => !functions(bare).includes(each)),
    [3, 6],
  );
  t.end();
});

test("osdp PD 21: a POLL is answered by nothing, or by the oldest event", (t) => {
  for (const { rig, cp } of [inClear(), inSession()]) {
    fetched(cp);
    type(rig, "12");
    const keys = fetched(cp).flatMap((reply) => (reply.name === "KEYPAD" ? [...reply.keys] : []));
    t.same(keys, [0x31, 0x32]);
    t.equal(brief(cp.ask(POLL)), "ACK");
  }
  t.end();
});

test("osdp PD 22: LSTATR unasked at power-on and at tamper", (t) => {
  const { rig, cp } = inClear();
  cp.ask(ID);
  t.ok(
    fetched(cp).some(({ name }) => name === "LSTATR"),
    "at power-on",
  );
  rig.tamper(true);
  rig.wait(LIMITS.debounce);
  const panel = fetched(cp).filter(({ name }) => name === "LSTATR");
  t.same(panel, [{ name: "LSTATR", tamper: true, powerFailed: false }]);
  t.end();
});

test("osdp PD 23: the codes of the keys", (t) => {
  const { rig, cp } = inClear();
  fetched(cp);
  type(rig, "0123456789*#");
  const keys = fetched(cp).flatMap((reply) => (reply.name === "KEYPAD" ? [...reply.keys] : []));
  t.same(keys, [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x7f, 0x0d]);
  t.end();
});

test("osdp PD 24: after KEYSET the new key works, and the old one no more", (t) => {
  const { rig, cp } = inSession();
  t.equal(brief(cp.ask({ name: "KEYSET", type: 1, scbk: OTHER })), "ACK");
  t.equal(cpOf(rig).open(RIG_SCBK), "another key");
  t.equal(cpOf(rig).open(OTHER), "secure");
  t.end();
});

test("osdp PD 25: a wrong server cryptogram is refused by SCS_14 FF, and there is no session", (t) => {
  const rig = new ControllerRig();
  const cp = cpOf(rig);
  rig.send(cp.handshakeBytes({ name: "CHLNG", rndA: new Uint8Array(8) }, SCS.chlng, "scbk"));
  cp.count();
  const wrong = { name: "SCRYPT", cryptogram: new Uint8Array(16) } as const;
  const [frame] = rig.send(cp.handshakeBytes(wrong, SCS.scrypt, "scbk"));
  t.same([frame!.scb!.type, ...frame!.scb!.data], [SCS.rMacI, 0xff]);
  t.equal(rig.state.session, null);
  t.end();
});

test("osdp PD 26: SCBK-D only in install mode, and not after the first KEYSET", (t) => {
  t.equal(cpOf(new ControllerRig()).open(SCBK_D, "scbk-d"), "NAK 5");
  const rig = new ControllerRig({ flash: BLANK_FLASH, install: true });
  const cp = cpOf(rig);
  t.equal(cp.open(SCBK_D, "scbk-d"), "secure");
  t.equal(brief(cp.ask({ name: "KEYSET", type: 1, scbk: OTHER })), "ACK");
  t.equal(cpOf(rig).open(SCBK_D, "scbk-d"), "NAK 5");
  t.end();
});

const endings = [
  ["8 s of silence", (rig: ControllerRig) => void rig.wait(8_000)],
  ["number 0", (rig: ControllerRig) => void rig.send(frameOf(ID))],
  ["a wrong MAC", (rig: ControllerRig, cp: CpRig) => void rig.send(inForeignSession(cp))],
] as const;
/** Sealed under keys of another session: the check is right, the MAC is not. */
function inForeignSession(cp: CpRig): Uint8Array {
  const other = inSession();
  other.cp.open(
    RIG_SCBK,
    "scbk",
    Uint8Array.from({ length: 8 }, () => 9),
  );
  other.cp.sequence = cp.sequence;
  return other.cp.bytesOf(LSTAT);
}
for (const [name, end] of endings) {
  test(`osdp PD 27: ${name} ends the session`, (t) => {
    const { rig, cp } = inSession();
    t.equal(rig.state.session, "scbk");
    end(rig, cp);
    t.equal(rig.state.session, null);
    t.match(words(rig.send(cp.bytesOf(LSTAT))), /^NAK [46]$/);
    t.end();
  });
}

test("osdp PD 28: COMSET answers the old way, then is found the new way, also after a power cut", (t) => {
  const { rig, cp } = inSession();
  const bad = [Uint8Array.of(0x7f, 0x80, 0x25, 0, 0), Uint8Array.of(9, 0x81, 0x25, 0, 0)];
  for (const data of bad) t.equal(brief(cp.askRaw({ code: 0x6e, data })), "NAK 9");
  t.same(cp.ask({ name: "COMSET", address: 9, baud: 19200 }), { name: "COM", address: 9, baud: 19200 });
  t.equal(cpOf(rig).open(RIG_SCBK), "silence");
  t.equal(cpOf(rig, 9).open(RIG_SCBK), "secure");
  rig.boot();
  t.equal(cpOf(rig, 9).open(RIG_SCBK), "secure");
  t.end();
});

test("osdp PD 29: ABORT, KEEPACTIVE and ACURXSIZE are acknowledged", (t) => {
  for (const { cp } of [inClear(), inSession()]) {
    t.equal(brief(cp.ask({ name: "ABORT" })), "ACK");
    t.equal(brief(cp.ask({ name: "KEEPACTIVE", time: millis(5_000) })), "ACK");
    t.equal(brief(cp.ask({ name: "ACURXSIZE", replyBytesMax: 128 })), "ACK");
  }
  t.end();
});

test("osdp PD 30: a file in fragments, polls between them, and its last is answered by done", (t) => {
  for (const { cp } of [inClear(), inSession()]) {
    cp.ask(ID);
    fetched(cp);
    const statuses = [0, 100, 200].map((offset) => {
      const fragment = new Uint8Array(offset === 200 ? 50 : 100);
      const reply = cp.ask({ name: "FILETRANSFER", type: 1, total: 250, offset, fragment });
      t.same(fetched(cp), []);
      return typeof reply === "object" && reply?.name === "FTSTAT" ? reply.status : brief(reply);
    });
    t.same(statuses, [0, 0, 1]);
  }
  t.end();
});

test("osdp PD 31: BUSY is clear, of number 0, and moves nothing", (t) => {
  const rig = new PdRig({ scbk: RIG_SCBK });
  const cp = new CpRig(rig);
  t.equal(cp.open(RIG_SCBK), "secure");
  const frame = cp.bytesOf(LSTAT);
  const { firmware } = rig;
  rig.firmware = () => ({ name: "BUSY" });
  const [busy] = rig.send(frame);
  t.same([said(busy!), busy!.sequence, busy!.scb], ["BUSY", 0, null]);
  rig.firmware = firmware;
  const [answer] = rig.send(frame);
  t.equal(brief(cp.read(answer!)), "LSTATR", "the same bytes later");
  t.end();
});
