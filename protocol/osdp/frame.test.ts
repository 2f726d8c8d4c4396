/**
 * 130 frames that an independent encoder built and libosdp read: ours builds the same bytes from the same fields, and
 * reads the same fields from the same bytes. Each also after noise, cut short, and with one byte too many.
 */
import { readFileSync } from "node:fs";
import { test } from "tap";
import { toHex } from "../base/bytes.ts";
import { monotonic } from "../base/units.ts";
import { commandText, decodeCommand, encodeCommand } from "./commands.ts";
import { deframe, IDLE_LINE } from "./deframe.ts";
import { type CheckKind, decodeFrame, encodeFrame } from "./frame.ts";
import { decodeReply, encodeReply, replyText } from "./replies.ts";
import { bytes, commandFrom, replyFrom } from "./vectors.rig.ts";

interface Vector {
  readonly name: string;
  readonly direction: "cp->pd" | "pd->cp";
  readonly code: number;
  readonly check: CheckKind;
  readonly address: number;
  readonly sequence: number;
  readonly scb?: string | null;
  readonly fields: Record<string, unknown>;
  readonly data: string;
  readonly hex: string;
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL("../../test/vectors/osdp/frames.json", import.meta.url), "utf8"),
).frames;

for (const { name, direction, code, check, address, sequence, scb, fields, data, hex } of vectors) {
  test(`${name}, ${check}, both ways`, (t) => {
    const reply = direction === "pd->cp";
    const word = name.split(/[ ,]/)[0]!;
    const message = reply ? replyFrom(word, fields) : commandFrom(word, fields);
    const coded = reply ? encodeReply(message as never) : encodeCommand(message as never);
    t.same({ code: coded.code, data: toHex(coded.data) }, { code, data }, "fields to data");

    const block = scb ? bytes(scb) : null;
    const parts = {
      address,
      reply,
      sequence,
      check,
      scb: block === null ? null : { type: block[1]!, data: block.slice(2) },
    };
    const encoded = encodeFrame({ ...parts, ...coded });
    t.equal(toHex(encoded), hex.startsWith("ff") ? hex : `ff${hex}`, "data to frame");

    const decoded = decodeFrame(encoded.subarray(1));
    t.ok(decoded.ok, "frame to data");
    if (decoded.ok) t.same(decoded.value, { ...parts, ...coded, mac: null, bytes: encoded.slice(1) });
    const back = reply ? decodeReply(code, bytes(data)) : decodeCommand(code, bytes(data));
    t.same(back, { ok: true, value: message }, "data to fields");
    if (word === "KEYSET") t.notMatch(commandText(message as never), /[0-9a-f]{8}/);

    const longer = Uint8Array.of(...bytes(data), 0xaa, 0xaa);
    const more = reply ? decodeReply(code, longer) : decodeCommand(code, longer);
    const endsOpen = ["NAK", "MFG", "MFGREP", "RMAC_I", "ISTATR", "OSTATR", "RSTATR"].includes(word);
    t.equal(more.ok && !endsOpen, false, "bytes left over are a refusal");
    t.end();
  });

  test(`${name}, ${check}, byte by byte after noise, and cut short`, (t) => {
    const frame = bytes(hex);
    let line = IDLE_LINE;
    const found: string[] = [];
    for (const byte of [0x00, 0x53, 0xff, 0x12, ...frame]) {
      const step = deframe(line, Uint8Array.of(byte), monotonic(0));
      line = step.line;
      found.push(...step.items.map((item) => (item.kind === "frame" ? toHex(item.frame.bytes) : item.kind)));
    }
    t.same(found, [toHex(hex.startsWith("ff") ? frame.subarray(1) : frame)]);
    const cut = deframe(IDLE_LINE, frame.subarray(0, -1), monotonic(0));
    t.same(cut.items, [], "a cut frame is none");
    t.same(deframe(cut.line, new Uint8Array(0), monotonic(20)).line, IDLE_LINE, "and is given up after 20 ms");
    t.end();
  });
}

test("what a message says of itself holds no digit of a code", (t) => {
  t.equal(replyText(replyFrom("KEYPAD", { reader: 0, keys: "3132333435367f0d" })), "KEYPAD reader 0, keys ••••••*#");
  const keyset = commandFrom("KEYSET", { keyType: 1, key: "00112233445566778899aabbccddeeff" });
  t.equal(commandText(keyset), "KEYSET type 1, scbk ••••");
  t.equal(commandText({ name: "POLL" }), "POLL");
  const out = commandFrom("OUT", { records: [{ output: 0, control: 5, timer100ms: 50 }] });
  t.equal(commandText(out), "OUT output 0 on for 5 s");
  t.end();
});

test("the file held every frame", (t) => {
  t.equal(vectors.length, 130);
  t.end();
});
