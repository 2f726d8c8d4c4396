/**
 * Our PD in the place of libosdp's, on recorded lines: the CP's frames come as recorded, the firmware answers and the
 * events happen as recorded, and what our PD sends is, byte for byte, what the recorded one sent. Only cUID differs:
 * ours is the first 8 bytes of PDID.
 */
import { readFileSync } from "node:fs";
import { test } from "tap";
import { toHex } from "../base/bytes.ts";
import { Secret } from "../base/secret.ts";
import { monotonic } from "../base/units.ts";
import { decodeFrame } from "./frame.ts";
import { PdRig } from "./pd.rig.ts";
import { decodeReply, type Reply, type ReplyName, type ReplyNamed } from "./replies.ts";
import { bytes } from "./vectors.rig.ts";

interface Recorded {
  readonly n: number;
  readonly t: number;
  readonly from: "cp" | "pd";
  readonly addr: number;
  readonly hex: string;
  readonly wire?: string;
  readonly name?: string;
  readonly plain?: string;
  readonly repeat?: boolean;
}

const lines = [
  { file: "clear_crc", address: 5, upTo: 109, why: "COMSET moves the PD to another address" },
  { file: "sc_file_transfer", address: 5, upTo: 999, why: "the whole of it" },
  { file: "sc_retransmission", address: 5, upTo: 999, why: "the whole of it" },
  { file: "busy", address: 5, upTo: 999, why: "the whole of it" },
  { file: "cp_restart", address: 5, upTo: 999, why: "the whole of it" },
  { file: "multidrop_3", address: 1, upTo: 999, why: "the whole of it" },
  { file: "multidrop_3", address: 2, upTo: 999, why: "the whole of it" },
  { file: "multidrop_3", address: 3, upTo: 999, why: "the whole of it" },
  { file: "sc_scbk", address: 5, upTo: 65, why: "libosdp then answers ISTAT under a block type of the CP" },
  {
    file: "keyset_ack_lost",
    address: 5,
    upTo: 21,
    why: "libosdp then refuses the repeated KEYSET, ours repeats its ACK",
  },
  { file: "session_timeout", address: 5, upTo: 999, why: "the whole of it" },
] as const;

const EVENTS: readonly ReplyName[] = ["KEYPAD", "RAW", "LSTATR", "ISTATR", "OSTATR", "RSTATR", "MFGREP"];

function replyOf(frame: Recorded | undefined): Reply | null {
  if (frame?.plain === undefined) return null;
  const plain = bytes(frame.plain);
  const reply = decodeReply(plain[0]!, plain.subarray(1));
  return reply.ok ? reply.value : null;
}

/** A PD with the identity, the key and the RND.B of the recorded one. */
function rigAt(address: number, frames: readonly Recorded[], scbk: string | undefined): PdRig {
  const replies = frames.filter(({ addr, from }) => addr === address && from === "pd").map(replyOf);
  const named = <N extends ReplyName>(name: N) =>
    replies.filter((reply): reply is ReplyNamed<N> => reply?.name === name);
  const random = named("CCRYPT").map(({ rndB }) => rndB);
  return new PdRig(
    {
      address,
      scbk: scbk === undefined ? null : new Secret(bytes(scbk)),
      clear: scbk === undefined,
      identity: named("PDID")[0]!,
      capabilities: named("PDCAP")[0]!.capabilities,
    },
    () => random.shift()!,
  );
}

for (const { file, address, upTo, why } of lines) {
  test(`${file}, our PD at address ${address} (${why})`, (t) => {
    const url = new URL(`../../test/vectors/osdp/${file}.json`, import.meta.url);
    const { frames, keys } = JSON.parse(readFileSync(url, "utf8")) as {
      frames: readonly Recorded[];
      keys: { scbk: Record<string, string[]> };
    };
    const pd = rigAt(address, frames, keys.scbk[address]?.[0]);
    let compared = 0;
    for (const [at, frame] of frames.entries()) {
      if (frame.n > upTo) break;
      pd.now = monotonic(1_000 + frame.t);
      if (frame.from === "pd") {
        if (frame.addr !== address) t.same(pd.send(bytes(frame.hex)), [], `frame ${frame.n}: another PD's`);
        continue;
      }
      const answer = frame.addr === address && frame.wire !== "lost" ? frames[at + 1] : undefined;
      const recorded = replyOf(answer);
      if (frame.repeat !== true && frame.name === "POLL" && recorded !== null && EVENTS.includes(recorded.name)) {
        pd.queue(recorded);
      }
      pd.firmware = () => recorded!;
      // The recorder said BUSY in place of the PD, which never saw that command.
      if (frame.wire === "lost" || answer?.wire === "injected") continue;
      const sent = pd.send(bytes(frame.hex));
      if (answer === undefined) {
        t.same(sent, [], `frame ${frame.n}: for another PD`);
        continue;
      }
      compared += 1;
      t.equal(
        sameButCuid(toHex(sent[0]?.bytes ?? new Uint8Array(0))),
        sameButCuid(answer.hex.replace(/^ff/, "")),
        `frame ${answer.n}: ${answer.name}`,
      );
    }
    t.ok(compared > 5, `${compared} answers compared`);
    t.end();
  });
}

/** A CCRYPT without its cUID and its check, anything else as it is. */
function sameButCuid(hex: string): string {
  const frame = decodeFrame(bytes(hex));
  if (!frame.ok || !frame.value.reply || frame.value.code !== 0x76) return hex;
  return `CCRYPT ${toHex(frame.value.data.subarray(8))}`;
}
