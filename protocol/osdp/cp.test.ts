/**
 * The CP machine against recordings of an independent one (test/vectors/osdp): given the same random number, the same
 * commands and the same replies, every byte it sends is the recorded one. Then what recordings do not show.
 */
import { readFileSync } from "node:fs";
import { test } from "tap";
import { fromHex, toHex } from "../base/bytes.ts";
import { InvariantViolation } from "../base/invariant.ts";
import { Secret } from "../base/secret.ts";
import { type Monotonic, monotonic } from "../base/units.ts";
import { type Command, decodeCommand } from "./commands.ts";
import { startCp, stepCp, timeDue, turnDue } from "./cp.ts";
import { offersOf } from "./cp-keys.ts";
import type { CpEffect, CpInput, CpState } from "./cp-state.ts";
import { deframe, IDLE_LINE } from "./deframe.ts";
import type { Frame } from "./frame.ts";
import { encodeReply, type Reply } from "./replies.ts";
import { SCBK_D, sealFrame } from "./secure.ts";

interface Recorded {
  readonly n: number;
  readonly from: "cp" | "pd";
  readonly hex: string;
  readonly name: string;
  readonly plain: string;
  readonly wire?: string;
  readonly repeat?: boolean;
  readonly scs?: string;
}

function recording(name: string): { frames: Recorded[]; scbk: string | null } {
  const text = readFileSync(new URL(`../../test/vectors/osdp/${name}.json`, import.meta.url), "utf8");
  const { frames, keys } = JSON.parse(text) as { frames: Recorded[]; keys: { scbk: Record<string, string[]> } };
  return { frames, scbk: Object.values(keys.scbk ?? {})[0]?.[0] ?? null };
}

function bytes(hex: string): Uint8Array {
  const read = fromHex(hex);
  if (!read.ok) throw new Error("a vector is hex");
  return read.value;
}

function frameOf(sent: Uint8Array): Frame {
  const [item] = deframe(IDLE_LINE, sent, monotonic(0)).items;
  if (item?.kind !== "frame") throw new Error(`no frame: ${toHex(sent)}`);
  return item.frame;
}

/** A CP and its time. */
class Rig {
  state: CpState;
  now: Monotonic = monotonic(0);
  rndA: Uint8Array = new Uint8Array(8);
  readonly effects: CpEffect[] = [];
  constructor(scbk: Secret | null, clear: boolean) {
    this.state = startCp({ address: 5, baud: 9600, scbk, clear }, this.now);
  }
  give(input: CpInput): readonly CpEffect[] {
    const step = stepCp(this.state, input, this.now, () => this.rndA);
    this.state = step.state;
    this.effects.push(...step.effects);
    return step.effects;
  }
  wait(length: number): void {
    this.now = monotonic(this.now + length);
  }
  sent(effects: readonly CpEffect[]): Uint8Array | null {
    const send = effects.find((effect) => effect.kind === "send");
    return send?.kind === "send" ? send.bytes : null;
  }
}

/** What the CP sends where the recording's CP sends `frame`. */
function nextLike(rig: Rig, frame: Recorded): Uint8Array | null {
  rig.wait(300);
  if (frame.repeat === true || rig.state.exchange !== null) {
    rig.give({ kind: "silence" });
    return rig.sent(rig.give({ kind: "turn" }));
  }
  // Ours asks once more, sealed, who the PD is. The recorded one does not: that exchange is left out.
  if (rig.state.phase.kind === "confirm") rig.state = { ...rig.state, phase: { kind: "session" }, pollAt: rig.now };
  const plain = bytes(frame.plain);
  const command = decodeCommand(plain[0]!, plain.subarray(1));
  if (!command.ok) throw new Error(`a recorded ${frame.name} is a command`);
  if (command.value.name === "CHLNG") rig.rndA = command.value.rndA;
  const ours = ["ID", "CAP", "CHLNG", "SCRYPT", "POLL"].includes(frame.name);
  if (!ours) rig.give({ kind: "command", tag: frame.n, command: command.value, urgent: true });
  return rig.sent(rig.give({ kind: "turn" }));
}

const recordings = [
  { name: "clear_crc", stop: "COMSET" },
  { name: "clear_checksum", stop: "COMSET" },
  // Up to where libosdp's PD answers a status in clear under SCS_15 (facts osdp 8.1).
  { name: "sc_scbk", stop: "ISTAT" },
  { name: "sc_checksum", stop: "ISTAT" },
  { name: "sc_retransmission", stop: null },
  { name: "busy", stop: null },
] as const;

for (const { name, stop } of recordings) {
  test(`byte for byte as recorded: ${name}${stop === null ? "" : ` up to ${stop}`}`, (t) => {
    const { frames, scbk } = recording(name);
    const clear = name.startsWith("clear");
    const rig = new Rig(clear || scbk === null ? null : new Secret(bytes(scbk)), clear);
    const end = frames.findIndex((frame) => frame.from === "cp" && frame.name === stop);
    const shown = end < 0 ? frames : frames.slice(0, end);
    let compared = 0;
    for (const frame of shown) {
      if (frame.from === "cp") {
        const sent = nextLike(rig, frame);
        t.equal(sent === null ? null : toHex(sent), frame.hex, `frame ${frame.n} ${frame.name}`);
        compared += 1;
      } else if (frame.wire !== "lost") {
        rig.give({ kind: "reply", frame: frameOf(bytes(frame.hex)) });
      }
    }
    t.ok(compared > 10, `${compared} frames of the CP`);
    t.notOk(rig.effects.some(({ kind }) => kind === "alarm" || kind === "offline"));
    t.end();
  });
}

const SCBK = new Secret(Uint8Array.from({ length: 16 }, (_, at) => at));
const OTHER = new Secret(Uint8Array.from({ length: 16 }, (_, at) => 0xa0 + at));

/** A CP in a session of the recording `sc_scbk`, its next command free. */
function inSession(): Rig {
  const { frames } = recording("sc_scbk");
  const rig = new Rig(SCBK, false);
  for (const frame of frames.slice(0, 10)) {
    if (frame.from === "cp") nextLike(rig, frame);
    else rig.give({ kind: "reply", frame: frameOf(bytes(frame.hex)) });
  }
  return rig;
}

/** The PD's sealed answer to what is outstanding, made with the CP's own view of the session. */
function answer(rig: Rig, reply: Reply): readonly CpEffect[] {
  const { session, exchange } = rig.state;
  const header = { address: 5, reply: true, sequence: exchange!.number, check: "crc" as const };
  const sealed = sealFrame(session!, { ...header, ...encodeReply(reply) });
  return rig.give({ kind: "reply", frame: frameOf(sealed.bytes) });
}

test("a PD that refuses a KEYSET keeps its key: the rotation closes, the session goes on", (t) => {
  const rig = inSession();
  rig.give({ kind: "pair", scbk: OTHER, by: "rotate", until: monotonic(rig.now + 5_000) });
  rig.give({ kind: "turn" });
  t.equal(rig.state.exchange?.command.name, "KEYSET");
  const effects = answer(rig, { name: "NAK", error: 9, detail: new Uint8Array(0) });
  t.same(effects, [{ kind: "alarm", what: "nak-9-to-KEYSET" }, { kind: "pairing-closed" }]);
  t.not(rig.state.session, null);
  t.equal(rig.state.settings.scbk, SCBK);
  t.end();
});

test("commands that are the link's own are not taken from anybody", (t) => {
  const commands: Command[] = [
    { name: "POLL" },
    { name: "KEYSET", type: 1, scbk: OTHER },
    { name: "CHLNG", rndA: new Uint8Array(8) },
    { name: "SCRYPT", cryptogram: new Uint8Array(16) },
  ];
  for (const command of commands) {
    const rig = inSession();
    t.throws(() => rig.give({ kind: "command", tag: 1, command, urgent: false }), InvariantViolation, command.name);
  }
  t.throws(() => startCp({ address: 0x7f, baud: 9600, scbk: null, clear: false }, monotonic(0)), InvariantViolation);
  t.throws(() => startCp({ address: 1, baud: 9600, scbk: SCBK, clear: true }, monotonic(0)), InvariantViolation);
  t.end();
});

const O = "OTHER paired";
const D = "SCBK-D give";
const windows = [
  { name: "no key, no pairing: none", scbk: null, by: null, at: 0, given: false, offers: [] },
  { name: "a key: it alone", scbk: SCBK, by: null, at: 0, given: false, offers: ["SCBK use"] },
  { name: "by hand: it alone", scbk: null, by: "hand", at: 0, given: false, offers: [O] },
  {
    name: "by hand over a key: the old one settles it",
    scbk: SCBK,
    by: "hand",
    at: 0,
    given: false,
    offers: [O, "SCBK use"],
  },
  { name: "window: SCBK-D last", scbk: null, by: "install-window", at: 9_999, given: false, offers: [O, D] },
  { name: "at its end: no SCBK-D", scbk: null, by: "install-window", at: 10_000, given: true, offers: [O] },
  {
    name: "window over a key: SCBK-D last",
    scbk: SCBK,
    by: "install-window",
    at: 0,
    given: false,
    offers: [O, "SCBK give", D],
  },
  { name: "rotation, not begun: the old key", scbk: SCBK, by: "rotate", at: 0, given: false, offers: ["SCBK give"] },
  {
    name: "rotation, begun: new, then old",
    scbk: SCBK,
    by: "rotate",
    at: 9_999,
    given: true,
    offers: [O, "SCBK give"],
  },
  {
    name: "answered: both, nothing given",
    scbk: SCBK,
    by: "rotate",
    at: 9_999,
    given: true,
    answered: true,
    offers: [O, "SCBK use"],
  },
  {
    name: "answered window: no SCBK-D",
    scbk: SCBK,
    by: "install-window",
    at: 0,
    given: true,
    answered: true,
    offers: [O, "SCBK use"],
  },
] as const;

for (const { name, scbk, by, at, given, offers, ...more } of windows) {
  const answered = "answered" in more;
  test(`which keys are offered, ${name}`, (t) => {
    const pairing = by === null ? null : { scbk: OTHER, by, given, answered, until: monotonic(10_000) };
    const named = offersOf(scbk, pairing, monotonic(at)).map(({ key, purpose }) => {
      const word = key === "scbk-d" ? "SCBK-D" : key === SCBK ? "SCBK" : "OTHER";
      return `${word} ${purpose}`;
    });
    t.same(named, offers);
    t.end();
  });
}

test("SCBK-D in a log line is no more readable than any key", (t) => {
  t.notMatch(JSON.stringify(SCBK_D), /30/);
  const rig = inSession();
  const text = JSON.stringify(rig.state);
  t.notMatch(text, /"sEnc":\{/, "and a state printed whole shows no session key");
  t.match(text, /••••/);
  t.end();
});

test("turns and times: a link at rest asks for the line at its next poll, and for time at 8 s", (t) => {
  const rig = inSession();
  t.equal(turnDue(rig.state), rig.state.pollAt);
  t.equal(timeDue(rig.state), rig.state.heardAt + 8_000);
  rig.wait(8_000);
  t.same(
    rig.give({ kind: "time" }).map(({ kind }) => kind),
    ["offline"],
  );
  t.equal(rig.state.session, null);
  t.equal(timeDue(rig.state), null, "offline and without a pairing there is nothing to wait for");
  t.end();
});
