/**
 * For tests: a PD machine with a small firmware behind it, and a CP that does everything right by hand, one frame at a
 * time. The firmware has 2 inputs, 2 outputs, 1 LED and keeps what it was told to do in `executed`.
 */
import { toHex } from "../base/bytes.ts";
import type { RandomBytes } from "../base/random.ts";
import type { Secret } from "../base/secret.ts";
import { type Monotonic, monotonic } from "../base/units.ts";
import { type Command, encodeCommand } from "./commands.ts";
import { deframe, IDLE_LINE } from "./deframe.ts";
import { type CheckKind, encodeFrame, type Frame } from "./frame.ts";
import type { Coded } from "./message.ts";
import { type PdEffect, type PdInput, type PdSettings, type PdState, startPd, stepPd } from "./pd.ts";
import { decodeReply, nak, type Reply } from "./replies.ts";
import { beginHandshake, KEY_BYTE, type KeyKind, openFrame, SCS, type Session, sealFrame } from "./secure.ts";

export const RIG_SETTINGS: PdSettings = {
  address: 5,
  baud: 9600,
  identity: {
    vendor: Uint8Array.of(0xfe, 0xca, 0x5a),
    model: 7,
    version: 3,
    serial: 287454020,
    firmware: { major: 1, minor: 2, build: 3 },
  },
  capabilities: [
    { function: 8, compliance: 1, count: 0 },
    { function: 9, compliance: 1, count: 1 },
  ],
  scbk: null,
  install: false,
  clear: false,
};

/** A PD and its firmware, in virtual time. */
export class PdRig {
  state: PdState;
  now: Monotonic = monotonic(1_000);
  /** What came out of the last input, answers to the firmware's own commands included. */
  effects: PdEffect[] = [];
  readonly executed: Command[] = [];
  /** What the firmware answers to everything until changed. */
  firmware: (command: Command) => Reply = answerOf;
  readonly random: RandomBytes;

  constructor(settings: Partial<PdSettings>, random: RandomBytes = countingBytes()) {
    this.random = random;
    this.state = startPd({ ...RIG_SETTINGS, ...settings }, this.now);
  }

  wait(length: number): void {
    this.now = monotonic(this.now + length);
  }

  input(input: PdInput): readonly PdEffect[] {
    const step = stepPd(this.state, input, this.now, this.random);
    this.state = step.state;
    const effects: PdEffect[] = [];
    for (const effect of step.effects) {
      effects.push(effect);
      if (effect.kind !== "execute") continue;
      this.executed.push(effect.command);
      effects.push(...this.input({ kind: "answer", reply: this.firmware(effect.command) }));
    }
    this.effects = effects;
    return effects;
  }

  /** The frames sent back, in order. */
  send(bytes: Uint8Array): readonly Frame[] {
    return framesOf(this.input({ kind: "bytes", bytes }));
  }

  /** Time passes and the machine is told so. */
  rest(length: number): readonly Frame[] {
    this.wait(length);
    return framesOf(this.input({ kind: "time" }));
  }

  queue(reply: Reply, expires: Monotonic | null = null): readonly PdEffect[] {
    return this.input({ kind: "queue", reply, expires });
  }

  press(keys: string): readonly PdEffect[] {
    return this.queue(keypad(keys), monotonic(this.now + 5_000));
  }

  kinds(): readonly string[] {
    return this.effects.map(({ kind }) => kind);
  }

  counted(): readonly string[] {
    return this.effects.flatMap((effect) => (effect.kind === "counted" ? [effect.what] : []));
  }
}

export function keypad(keys: string): Reply {
  return { name: "KEYPAD", reader: 0, keys: new TextEncoder().encode(keys) };
}

export function framesOf(effects: readonly PdEffect[]): readonly Frame[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== "send") return [];
    const [item] = deframe(IDLE_LINE, effect.bytes, monotonic(0)).items;
    if (item?.kind !== "frame") throw new Error(`the PD sent no frame: ${toHex(effect.bytes)}`);
    return [item.frame];
  });
}

/** What a frame says, without its session: `ACK`, `NAK 6`, `sealed`. */
export function said(frame: Frame): string {
  if (frame.scb !== null && frame.mac !== null) return "sealed";
  const reply = decodeReply(frame.code, frame.data);
  if (!reply.ok) return `undecodable ${frame.code}`;
  return reply.value.name === "NAK" ? `NAK ${reply.value.error}` : reply.value.name;
}

/** A CP that keeps the rules: number after number, and a session once `open` was called. */
export class CpRig {
  sequence = 0;
  session: Session | null = null;
  check: CheckKind = "crc";
  readonly pd: PdRig;
  readonly address: number;
  constructor(pd: PdRig, address = 5) {
    this.pd = pd;
    this.address = address;
  }

  /** The next command as bytes: sealed in a session. The session moves on only in `read`. */
  bytesOf(command: Command): Uint8Array {
    return this.bytesOfRaw(encodeCommand(command));
  }

  bytesOfRaw(coded: Coded): Uint8Array {
    const parts = { ...this.header(), ...coded };
    if (this.session === null) return encodeFrame({ ...parts, scb: null });
    const sealed = sealFrame(this.session, parts);
    this.session = sealed.session;
    return sealed.bytes;
  }

  /** Sends a command and reads its answer; null for silence, a word where it could not be opened. */
  ask(command: Command): Reply | string | null {
    return this.askRaw(encodeCommand(command));
  }

  /** As `ask`, also of what no table writes. */
  askRaw(coded: Coded): Reply | string | null {
    const [frame] = this.pd.send(this.bytesOfRaw(coded));
    this.count();
    return frame === undefined ? null : this.read(frame);
  }

  read(frame: Frame): Reply | string {
    let { code, data } = frame;
    if (this.session !== null && frame.mac !== null) {
      const opened = openFrame(this.session, frame);
      if (!opened.ok) return `not to be opened: ${opened.error.kind}`;
      this.session = opened.value.session;
      ({ code, data } = opened.value);
    } else if (this.session !== null) {
      return `in clear: ${said(frame)}`;
    }
    const reply = decodeReply(code, data);
    return reply.ok ? reply.value : `undecodable ${code}`;
  }

  count(): void {
    this.sequence = (this.sequence % 3) + 1;
  }

  /** A whole handshake from number 0. Answers what the PD said last. */
  open(scbk: Secret, key: KeyKind = "scbk", rndA: Uint8Array = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])): string {
    this.session = null;
    this.sequence = 0;
    const [first] = this.pd.send(this.handshakeBytes({ name: "CHLNG", rndA }, SCS.chlng, key));
    this.count();
    const ccrypt = first === undefined ? null : decodeReply(first.code, first.data);
    if (first === undefined || ccrypt?.ok !== true || ccrypt.value.name !== "CCRYPT") {
      return first === undefined ? "silence" : said(first);
    }
    const handshake = beginHandshake(scbk, rndA, ccrypt.value.rndB);
    if (toHex(handshake.clientCryptogram) !== toHex(ccrypt.value.cryptogram)) return "another key";
    const scrypt: Command = { name: "SCRYPT", cryptogram: handshake.serverCryptogram };
    const [second] = this.pd.send(this.handshakeBytes(scrypt, SCS.scrypt, key));
    this.count();
    if (second === undefined) return "silence";
    if (toHex(second.data) !== toHex(handshake.session.rMac)) return said(second);
    this.session = handshake.session;
    return "secure";
  }

  handshakeBytes(command: Command, type: number, key: KeyKind): Uint8Array {
    const scb = { type, data: Uint8Array.of(KEY_BYTE[key]) };
    return encodeFrame({ ...this.header(), scb, ...encodeCommand(command) });
  }

  private header() {
    return { address: this.address, reply: false, sequence: this.sequence, check: this.check };
  }
}

/** 0, 1, 2 …: every call answers other bytes, and every run the same. */
export function countingBytes(): RandomBytes {
  let next = 0;
  return (count) =>
    Uint8Array.from({ length: count }, () => {
      next += 1;
      return next & 0xff;
    });
}

function answerOf(command: Command): Reply {
  switch (command.name) {
    case "OUT":
      return command.outputs.every(({ output }) => output < 2) ? { name: "ACK" } : nak("record");
    case "LED":
      return command.leds.every(({ led }) => led === 0) ? { name: "ACK" } : nak("record");
    case "LSTAT":
      return { name: "LSTATR", tamper: false, powerFailed: false };
    case "ISTAT":
      return { name: "ISTATR", inputs: ["inactive", "inactive"] };
    case "OSTAT":
      return { name: "OSTATR", outputs: [false, false] };
    case "RSTAT":
      return { name: "RSTATR", readers: ["normal"] };
    case "FILETRANSFER":
      return nak(command.offset + command.fragment.length > command.total ? "record" : "unknownCommand");
    default:
      return { name: "ACK" };
  }
}
