/**
 * Recorded lines between libosdp's CP and PD: every frame is read, every MAC and cryptogram worked out again, and every
 * sealed frame built again from its plain text. libosdp's own faults are named, not taken.
 */
import { readdirSync, readFileSync } from "node:fs";
import { type Test, test } from "tap";
import { toHex } from "../base/bytes.ts";
import { Secret } from "../base/secret.ts";
import { decodeCommand, encodeCommand } from "./commands.ts";
import { carriesMac, decodeFrame, encodeFrame, type Frame } from "./frame.ts";
import { decodeReply, encodeReply } from "./replies.ts";
import { beginHandshake, type Handshake, openFrame, SCBK_D, type Session, sealFrame } from "./secure.ts";
import { bytes, commandFrom, replyFrom } from "./vectors.rig.ts";

interface Recorded {
  readonly n: number;
  readonly from: "cp" | "pd";
  readonly addr: number;
  readonly hex: string;
  readonly wire?: string;
  readonly name?: string;
  readonly seq: number;
  readonly check: string;
  readonly scs?: string;
  readonly checkOk?: boolean;
  readonly macOk?: boolean;
  readonly cryptogramOk?: boolean;
  readonly rMacIOk?: boolean;
  readonly keyUsed?: string;
  readonly sessionKeys?: Record<"sEnc" | "sMac1" | "sMac2", string>;
  readonly encrypted?: boolean;
  readonly plain?: string;
  readonly fields?: Record<string, unknown>;
  readonly repeat?: boolean;
}

const folder = new URL("../../test/vectors/osdp/", import.meta.url);
const transcripts = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")))
  .filter(({ schema }) => schema === "osdp-transcript-1");

/** What an observer who knows the keys holds for one PD. */
interface Watched {
  rndA: Uint8Array | null;
  handshake: Handshake | null;
  session: Session | null;
  readonly lastHex: { cp: string; pd: string };
}

const counts = { frames: 0, checks: 0, macs: 0, encrypted: 0, cryptograms: 0, rMacs: 0, repeats: 0, faults: 0 };

for (const { name, frames } of transcripts) {
  test(`transcript ${name}`, (t) => {
    const watched = new Map<number, Watched>();
    for (const recorded of frames as readonly Recorded[]) {
      const fresh: Watched = { rndA: null, handshake: null, session: null, lastHex: { cp: "", pd: "" } };
      const watch = watched.get(recorded.addr) ?? fresh;
      watched.set(recorded.addr, watch);
      check(t, watch, recorded);
      watch.lastHex[recorded.from] = recorded.hex;
    }
    t.end();
  });
}

function check(t: Test, watch: Watched, recorded: Recorded): void {
  const at = `frame ${recorded.n}`;
  counts.frames += 1;
  const frame = decodeFrame(bytes(recorded.hex).subarray(1));
  if (recorded.checkOk === false) {
    t.match(frame, { ok: false, error: { kind: "check" } }, `${at}: damaged, and seen so`);
    return;
  }
  t.ok(frame.ok, `${at}: a right check`);
  if (!frame.ok) return;
  counts.checks += 1;
  const { address, reply, sequence, check: kind, scb } = frame.value;
  const got = { from: reply ? "pd" : "cp", addr: address, seq: sequence, check: kind };
  const { from, addr, seq } = recorded;
  t.same(got, { from, addr, seq, check: recorded.check }, `${at}: header`);
  t.equal(scb === null ? undefined : toHex(Uint8Array.of(scb.data.length + 2, scb.type, ...scb.data)), recorded.scs);
  if (recorded.repeat) {
    t.equal(recorded.hex, watch.lastHex[recorded.from], `${at}: the same bytes again`);
    counts.repeats += 1;
    return;
  }
  const plain = plainOf(t, watch, recorded, frame.value);
  if (plain !== null) checkMeaning(t, recorded, plain, frame.value);
}

/** CODE and data after decryption; null where nobody could know them. */
function plainOf(t: Test, watch: Watched, recorded: Recorded, frame: Frame): Uint8Array | null {
  if (frame.scb === null || !carriesMac(frame.scb.type)) {
    checkHandshake(t, watch, recorded, frame);
    if (frame.sequence === 0 && !frame.reply) watch.session = null;
    return Uint8Array.of(frame.code, ...frame.data);
  }
  if (recorded.macOk === undefined || watch.session === null) return null;
  const at = `frame ${recorded.n}`;
  const opened = openFrame(watch.session, frame);
  if (!recorded.macOk) {
    t.same(opened, { ok: false, error: { kind: "mac" } }, `${at}: a wrong MAC, and seen so`);
    return null;
  }
  counts.macs += 1;
  const isFault = frame.reply && frame.scb.type === 0x15;
  if (isFault) {
    // A reply under the block type of a command, its data in clear (facts osdp 8.1): refused, unless asked not to.
    t.same(opened, { ok: false, error: { kind: "block-type" } }, `${at}: libosdp's fault is refused`);
    counts.faults += 1;
    const tolerated = openFrame(watch.session, frame, { clearReplyData: true });
    t.ok(tolerated.ok, `${at}: and its MAC is right`);
    if (!tolerated.ok) return null;
    watch.session = tolerated.value.session;
    return Uint8Array.of(tolerated.value.code, ...tolerated.value.data);
  }
  t.ok(opened.ok, `${at}: opened`);
  if (!opened.ok) return null;
  const { code, data } = opened.value;
  const { address, reply, sequence, check: kind } = frame;
  const again = sealFrame(watch.session, { address, reply, sequence, check: kind, code, data });
  t.equal(toHex(again.bytes), recorded.hex, `${at}: sealed again, byte for byte`);
  if (recorded.encrypted) counts.encrypted += 1;
  watch.session = opened.value.session;
  return Uint8Array.of(code, ...data);
}

function checkHandshake(t: Test, watch: Watched, recorded: Recorded, frame: Frame): void {
  const message = frame.reply ? decodeReply(frame.code, frame.data) : decodeCommand(frame.code, frame.data);
  if (!message.ok) return;
  const at = `frame ${recorded.n}`;
  switch (message.value.name) {
    case "CHLNG":
      watch.rndA = message.value.rndA;
      watch.session = null;
      return;
    case "CCRYPT": {
      if (recorded.keyUsed === undefined || watch.rndA === null) return;
      // A libosdp PD without a key answers with one of all zeros, as it came from the factory.
      const scbk = recorded.keyUsed.startsWith("all-zero")
        ? new Secret(new Uint8Array(16))
        : recorded.keyUsed === "SCBK-D"
          ? SCBK_D
          : new Secret(bytes(recorded.keyUsed));
      watch.handshake = beginHandshake(scbk, watch.rndA, message.value.rndB);
      t.equal(toHex(watch.handshake.clientCryptogram), toHex(message.value.cryptogram), `${at}: client cryptogram`);
      const { sEnc, sMac1, sMac2 } = watch.handshake.session;
      const keys = { sEnc: sEnc.use(toHex), sMac1: sMac1.use(toHex), sMac2: sMac2.use(toHex) };
      t.same(keys, recorded.sessionKeys, `${at}: session keys`);
      counts.cryptograms += 1;
      return;
    }
    case "SCRYPT":
      if (watch.handshake === null || !recorded.cryptogramOk) return;
      t.equal(toHex(watch.handshake.serverCryptogram), toHex(message.value.cryptogram), `${at}: server cryptogram`);
      counts.cryptograms += 1;
      return;
    case "RMAC_I":
      if (watch.handshake === null || !recorded.rMacIOk) return;
      t.equal(toHex(watch.handshake.session.rMac), toHex(message.value.rMac), `${at}: R-MAC-I`);
      watch.session = watch.handshake.session;
      counts.rMacs += 1;
      return;
    default:
  }
}

function checkMeaning(t: Test, recorded: Recorded, plain: Uint8Array, frame: Frame): void {
  const at = `frame ${recorded.n}`;
  t.equal(toHex(plain), recorded.plain, `${at}: plain`);
  if (recorded.fields === undefined || recorded.name === undefined) return;
  const [code, data] = [plain[0]!, plain.subarray(1)];
  const reply = recorded.from === "pd";
  const expected = reply ? replyFrom(recorded.name, recorded.fields) : commandFrom(recorded.name, recorded.fields);
  const decoded = reply ? decodeReply(code, data) : decodeCommand(code, data);
  t.same(decoded, { ok: true, value: expected }, `${at}: fields`);
  const coded = reply ? encodeReply(expected as never) : encodeCommand(expected as never);
  t.same(coded, { code, data }, `${at}: fields to data`);
  if (frame.mac === null) t.equal(toHex(encodeFrame({ ...frame, ...coded })), recorded.hex, `${at}: built again`);
}

test("nothing was left out", (t) => {
  t.equal(transcripts.length, 21);
  t.same(counts, {
    frames: 1740,
    checks: 1738,
    macs: 1104,
    encrypted: 72,
    cryptograms: 54,
    rMacs: 24,
    repeats: 17,
    faults: 8,
  });
  t.end();
});
