/**
 * What a command means to a PD, and whether it may be taken at all: in clear without a key, in clear with one, in the
 * session of an installation, in a session. What only the firmware can answer goes out as `execute`.
 */
import { equalBytes } from "../base/bytes.ts";
import { BLOCK_BYTES } from "./aes.ts";
import type { Command, CommandName, CommandNamed } from "./commands.ts";
import { CHLNG, commandNameOf, decodeCommand, SCRYPT, traitsOf } from "./commands.ts";
import type { SecurityBlock } from "./frame.ts";
import type { Asked, LinkState, PdState } from "./pd.ts";
import { answer, changeLink, count, dropSession, type Turn } from "./pd-turn.ts";
import { encodeReply, nak, type Reply } from "./replies.ts";
import { beginHandshake, isWeakScbk, KEY_BYTE, type KeyKind, RMAC_STATUS, SCBK_D, SCS } from "./secure.ts";

/** A command after its seal was opened: a sealed one has no block left to look at. */
interface Plain {
  readonly scb: SecurityBlock | null;
  readonly code: number;
  readonly data: Uint8Array;
}

/** `name` null: a code no table knows. It is told so wherever anything else could be told. */
function mayTake({ settings, link }: PdState, name: CommandName | null): boolean {
  if (link.session?.key === "scbk") return true;
  const inClear = name === null ? null : traitsOf(name).inClear;
  // SCBK-D is public: its session carries a key for the first time, and no more than clear text does.
  if (link.session?.key === "scbk-d") return name === "KEYSET" || inClear !== "never";
  if (settings.scbk !== null) return inClear === "keyed";
  return settings.clear ? name !== "KEYSET" : inClear !== "never";
}

/** Whether a command outside of any session would be looked at, going by its code alone. */
export function mayTakeInClear(state: PdState, code: number): boolean {
  return mayTake(state, commandNameOf(code));
}

/** A new command whose number and seal are right. */
export function take(turn: Turn, asked: Asked, plain: Plain, before: LinkState): void {
  const said = mean(turn, plain);
  if ("execute" in said) {
    turn.state = { ...turn.state, awaiting: { asked, before } };
    turn.effects.push({ kind: "execute", command: said.execute });
    return;
  }
  answer(turn, asked, said.reply, before, said.scb);
  if (said.moves !== undefined) {
    move(turn, said.moves);
    return;
  }
  if (said.endsSession) {
    const { last } = turn.state.link;
    dropSession(turn);
    // A CP that lost the ACK repeats the KEYSET. Without the same bytes it could not know which key we hold.
    changeLink(turn, { last });
  }
}

/** The reply went out the old way. At the new address and speed the CP begins again; the old ones are not ours any more. */
function move(turn: Turn, { address, baud }: CommandNamed<"COMSET">): void {
  dropSession(turn);
  changeLink(turn, { expected: null, last: null, handshake: null, session: null });
  turn.state = { ...turn.state, settings: { ...turn.state.settings, address, baud } };
  turn.effects.push({ kind: "moved", address, baud });
}

/** What this machine says by itself, or what the firmware is to do. */
type Meaning =
  | {
      readonly reply: Reply;
      readonly scb?: SecurityBlock;
      readonly endsSession?: true;
      readonly moves?: CommandNamed<"COMSET">;
    }
  | { readonly execute: Command };

function say(reply: Reply): Meaning {
  return { reply };
}

function mean(turn: Turn, plain: Plain): Meaning {
  const { handshake } = turn.state.link;
  // SCRYPT follows its CHLNG directly, or not at all.
  changeLink(turn, { handshake: null });
  if (!blockFits(plain)) return say(nak("securityBlock"));
  if (!mayTake(turn.state, commandNameOf(plain.code))) {
    count(turn, "not-permitted");
    return say(nak("encryptionRequired"));
  }
  const decoded = decodeCommand(plain.code, plain.data);
  if (!decoded.ok) return say(nak(NAK_FOR[decoded.error.kind]));
  const command = decoded.value;
  switch (command.name) {
    case "POLL":
      return say(nextEvent(turn));
    case "ID":
      return say({ name: "PDID", ...turn.state.settings.identity });
    case "CAP":
      return say({ name: "PDCAP", capabilities: turn.state.settings.capabilities });
    case "KEEPACTIVE":
    case "ACURXSIZE":
      // No card lies in a field, and no reply of ours is longer than the 128 bytes that every CP takes.
      return say({ name: "ACK" });
    case "COMSET": {
      const { address, baud } = command;
      turn.effects.push({ kind: "comset", address, baud });
      return { reply: { name: "COM", address, baud }, moves: command };
    }
    case "CHLNG":
      return challenge(turn, command, plain.scb);
    case "SCRYPT":
      return prove(turn, command, plain.scb, handshake);
    case "KEYSET":
      return takeKey(turn, command);
    default:
      return { execute: command };
  }
}

const NAK_FOR = { "unknown-code": "unknownCommand", length: "length", value: "record" } as const;

/** CHLNG and SCRYPT stand in their own block and nowhere else; any other command in clear has none. */
function blockFits({ scb, code }: Plain): boolean {
  const type = code === CHLNG.code ? SCS.chlng : code === SCRYPT.code ? SCS.scrypt : null;
  return type === null ? scb === null : scb?.type === type && scb.data.length === 1;
}

/** The oldest event, which stays in the queue until the CP shows that it has it. */
function nextEvent(turn: Turn): Reply {
  const [first] = turn.state.queue;
  if (first === undefined) return { name: "ACK" };
  turn.state = { ...turn.state, offered: true };
  return first.reply;
}

function challenge(turn: Turn, { rndA }: CommandNamed<"CHLNG">, scb: SecurityBlock | null): Meaning {
  const { identity, scbk: own, install } = turn.state.settings;
  const key = keyKindOf(scb);
  // Asked for a key we do not have, or for the public one outside of an installation: never a CCRYPT with another.
  const scbk = key === "scbk" ? own : key === "scbk-d" && install ? SCBK_D : null;
  if (key === null || scbk === null) return say(nak("securityBlock"));
  const rndB = turn.random(8);
  const handshake = beginHandshake(scbk, rndA, rndB);
  changeLink(turn, { handshake: { key, handshake } });
  // The first 8 bytes of PDID: opaque to the CP, and the same at every handshake.
  const cUid = encodeReply({ name: "PDID", ...identity }).data.slice(0, 8);
  return {
    reply: { name: "CCRYPT", cUid, rndB, cryptogram: handshake.clientCryptogram },
    scb: { type: SCS.ccrypt, data: Uint8Array.of(KEY_BYTE[key]) },
  };
}

function prove(
  turn: Turn,
  { cryptogram }: CommandNamed<"SCRYPT">,
  scb: SecurityBlock | null,
  pending: LinkState["handshake"],
): Meaning {
  if (pending === null || keyKindOf(scb) !== pending.key) return say(nak("securityBlock"));
  const { handshake, key } = pending;
  const accepted = equalBytes(cryptogram, handshake.serverCryptogram);
  const status = accepted ? RMAC_STATUS.accepted : RMAC_STATUS.refused;
  if (accepted) {
    changeLink(turn, { session: { key, session: handshake.session } });
    turn.effects.push({ kind: "secure", on: true, key });
  } else {
    count(turn, "bad-cryptogram");
  }
  return {
    reply: { name: "RMAC_I", rMac: accepted ? handshake.session.rMac : new Uint8Array(0) },
    scb: { type: SCS.rMacI, data: Uint8Array.of(status) },
  };
}

/** Only ever asked inside a session. It ends with the ACK, and the next handshake is made with the new key. */
function takeKey(turn: Turn, { type, scbk }: CommandNamed<"KEYSET">): Meaning {
  if (type !== 1) return say(nak("record"));
  if (scbk.length !== BLOCK_BYTES) return say(nak("length"));
  if (isWeakScbk(scbk)) return say(nak("record"));
  turn.state = { ...turn.state, settings: { ...turn.state.settings, scbk, install: false } };
  turn.effects.push({ kind: "keyed", scbk });
  return { reply: { name: "ACK" }, endsSession: true };
}

function keyKindOf(scb: SecurityBlock | null): KeyKind | null {
  if (scb?.data[0] === KEY_BYTE.scbk) return "scbk";
  return scb?.data[0] === KEY_BYTE["scbk-d"] ? "scbk-d" : null;
}
