/**
 * The published cases for a CP (test/vectors/osdp/malformed_cp.json): a POLL stands, something comes back, and what
 * our CP does then. Each row is the case's `expect` in four facts; every case has a row.
 */
import { readFileSync } from "node:fs";
import { fromHex, toHex } from "@lintel/protocol/base/bytes.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import { startCp } from "@lintel/protocol/osdp/cp.ts";
import type { CpState } from "@lintel/protocol/osdp/cp-state.ts";
import { deframe, IDLE_LINE } from "@lintel/protocol/osdp/deframe.ts";
import { test } from "tap";
import { seeded } from "./bus.rig.ts";
import { type BusState, startBus, stepBus } from "./bus.ts";
import type { BusEffect, BusInput } from "./events.ts";

interface Case {
  readonly name: string;
  readonly why: string;
  readonly expect: string;
  readonly poll: string;
  readonly reply: readonly string[];
  readonly session?: Readonly<Record<"scbk" | "sEnc" | "sMac1" | "sMac2" | "cMac", string>>;
}

interface Outcome {
  /** What the box hears, `keys` with their characters. */
  readonly says: readonly string[];
  /** The next frame: the same bytes, a new POLL with the next number, or ID with number 0. */
  readonly next: "same bytes" | "next POLL" | "ID 0";
  /** The session afterwards; null in clear. */
  readonly session: "kept" | "dropped" | null;
}

const ACCEPTED: Outcome = { says: [], next: "next POLL", session: null };
const KEY_1: Outcome = { says: ["keys 1"], next: "next POLL", session: null };
const NO_REPLY: Outcome = { says: [], next: "same bytes", session: null };
const SEALED: Outcome = { ...ACCEPTED, session: "kept" };
const SEALED_KEY_1: Outcome = { ...KEY_1, session: "kept" };
const AGAIN: Outcome = { ...NO_REPLY, session: "kept" };
const BROKEN: Outcome = { says: ["alarm bad-mac"], next: "ID 0", session: "dropped" };

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  good_ack: ACCEPTED,
  good_keypad: KEY_1,
  good_checksum_reply: KEY_1,
  bad_crc: NO_REPLY,
  wrong_address: NO_REPLY,
  no_reply_bit: { ...NO_REPLY, says: ["alarm foreign-cp"] },
  echo_then_reply: KEY_1,
  wrong_number: NO_REPLY,
  late_then_again: KEY_1,
  // An answer that cannot be read is one all the same: asked again, the PD would say it again.
  keypad_count_lies: ACCEPTED,
  keypad_empty: ACCEPTED,
  raw_bits_lie: ACCEPTED,
  raw_65535_bits: ACCEPTED,
  ack_with_data: ACCEPTED,
  nak_3_to_poll: { ...ACCEPTED, says: ["alarm nak-3-to-POLL"] },
  nak_with_extra: { ...ACCEPTED, says: ["alarm nak-9-to-POLL"] },
  nak_empty: ACCEPTED,
  unknown_reply: ACCEPTED,
  fmt_reply: ACCEPTED,
  istatr_wrong_count: { ...ACCEPTED, says: ["inputs"] },
  pdid_to_poll: ACCEPTED,
  busy_clear: NO_REPLY,
  len_lies: ACCEPTED,
  noise_then_ack: ACCEPTED,
  sc_good_ack: SEALED,
  sc_good_keypad: SEALED_KEY_1,
  sc_good_checksum_keypad: SEALED_KEY_1,
  sc_bad_mac: BROKEN,
  sc_clear_keypad: AGAIN,
  sc_clear_ack: AGAIN,
  sc_clear_nak6: AGAIN,
  sc_clear_nak1: AGAIN,
  sc_clear_busy: AGAIN,
  sc_old_reply: BROKEN,
  sc_scs15_from_pd: BROKEN,
  sc_scs16_with_data: BROKEN,
  sc_scs18_padding_only: SEALED,
  sc_scs18_bad_padding: BROKEN,
  sc_scs18_not_block: BROKEN,
  sc_good_nak3: { ...SEALED, says: ["alarm nak-3-to-POLL"] },
  sc_ccrypt_unasked: AGAIN,
};

const file = new URL("../../test/vectors/osdp/malformed_cp.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: readonly Case[] };
const random = seeded(41).bytes;
const START = monotonic(1_000);
const IDENTITY = {
  vendor: Uint8Array.of(1, 2, 3),
  model: 0,
  version: 0,
  serial: 0,
  firmware: { major: 0, minor: 0, build: 0 },
};

function bytes(hex: string): Uint8Array {
  const read = fromHex(hex);
  if (!read.ok) throw new Error("a vector is hex");
  return read.value;
}

/** A bus with one PD of address 5 whose POLL of this case has just been written. */
function polled({ session, poll }: Case): { state: BusState; effects: readonly BusEffect[] } {
  const scbk = session === undefined ? null : new Secret(bytes(session.scbk));
  const bus = startBus({ id: "b1", baud: 9600, controllers: [{ address: 5, scbk, configure: null }] }, START);
  const { state } = stepBus(bus, { kind: "port", open: true }, START, random);
  const linked: CpState = {
    ...startCp({ address: 5, baud: 9600, scbk: null, clear: true }, START),
    phase: { kind: "clear" },
    number: 1,
    pollAt: START,
    identity: IDENTITY,
    reported: "online",
  };
  const one = { ...state.controllers[0]!, cp: linked };
  const quiet: BusState = { ...state, line: { ...state.line, talk: null }, controllers: [one] };
  const first = stepBus(quiet, { kind: "time" }, START, random);
  if (session === undefined || scbk === null) return first;
  // The same moment in a session: the vectors give the C-MAC of the POLL, not what was before it.
  const { cp } = first.state.controllers[0]!;
  const secret = (hex: string) => new Secret(bytes(hex));
  const sealed: CpState = {
    ...cp,
    settings: { ...cp.settings, scbk, clear: false },
    phase: { kind: "session" },
    session: {
      sEnc: secret(session.sEnc),
      sMac1: secret(session.sMac1),
      sMac2: secret(session.sMac2),
      cMac: bytes(session.cMac),
      rMac: new Uint8Array(16),
    },
    exchange: { ...cp.exchange!, bytes: bytes(poll) },
  };
  return { ...first, state: { ...first.state, controllers: [{ ...one, cp: sealed }] } };
}

function sayings(effects: readonly BusEffect[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== "controller") return [];
    const { event } = effect;
    if (event.kind === "keys") return [`keys ${event.keys.use((text) => text)}`];
    return [event.kind === "alarm" ? `alarm ${event.what}` : event.kind];
  });
}

function written(effects: readonly BusEffect[]): Uint8Array[] {
  return effects.flatMap((effect) => (effect.kind === "write" ? [effect.bytes] : []));
}

/** What happens in the half second after the replies came. */
function outcome(each: Case): Outcome {
  let { state } = polled(each);
  let now: Monotonic = START;
  const effects: BusEffect[] = [];
  const give = (input: BusInput) => {
    const step = stepBus(state, input, now, random);
    state = step.state;
    effects.push(...step.effects);
  };
  for (const reply of each.reply) {
    now = monotonic(now + 20);
    give({ kind: "bytes", bytes: bytes(reply) });
  }
  for (const end = now + 500; now < end; ) {
    now = monotonic(now + 5);
    give({ kind: "time" });
    if (written(effects).length > 0) break;
  }
  const [next] = written(effects);
  const [item] = deframe(IDLE_LINE, next ?? new Uint8Array(0), now).items;
  const frame = item?.kind === "frame" ? item.frame : null;
  const name =
    frame?.code === 0x60 && frame.sequence === 3 ? "next POLL" : frame?.code === 0x61 ? "ID 0" : "same bytes";
  if (name === "same bytes" && toHex(next ?? new Uint8Array(0)) !== each.poll) throw new Error("neither same nor next");
  const { session } = state.controllers[0]!.cp;
  return {
    says: sayings(effects),
    next: name,
    session: each.session === undefined ? null : session === null ? "dropped" : "kept",
  };
}

test("every published case for a CP has its row", (t) => {
  t.same(cases.map(({ name }) => name).sort(), Object.keys(OUTCOMES).sort());
  t.equal(cases.length, 41);
  t.end();
});

for (const each of cases) {
  test(`${each.name}: ${each.why}: ${each.expect}`, (t) => {
    const { effects } = polled(each);
    if (each.session === undefined) t.equal(toHex(written(effects)[0]!), each.poll, "the POLL is the published one");
    t.same(outcome(each), OUTCOMES[each.name]);
    t.end();
  });
}
