/**
 * The decision alone: six digits in, grant or deny out, beside what no design can do without: one HMAC-SHA256 of
 * the same bytes and one look-up in a Map as large. And what a keyset costs before it decides anything.
 */
import { createHmac } from "node:crypto";
import { decide, NOTHING_USED } from "@lintel/edge/access/decide.ts";
import { holdKeyset } from "@lintel/edge/access/hold.ts";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { instant, millis } from "@lintel/protocol/base/units.ts";
import { codeIndex } from "@lintel/protocol/keyset/code-index.ts";
import { decodeKeyset, encodeKeyset } from "@lintel/protocol/keyset/codec.ts";
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import { agreementPublicKey } from "@lintel/protocol/mqtt/agreement.ts";
import { decode } from "cborg";
import { doorAt } from "../edge/world.ts";
import { type Figure, heldMegabytes, timed } from "./figure.ts";
import { codeAt, keyedCodes } from "./many-keys.ts";

const AT = instant(Date.UTC(2026, 10, 23, 12));

interface Made {
  readonly keyset: Keyset;
  readonly index: Secret;
}

function makeKeyset(count: number): Made {
  const secret = new Secret(new Uint8Array(32).fill(7));
  const peer = agreementPublicKey(new Secret(new Uint8Array(32).fill(8)));
  const { keys, codes, index } = keyedCodes(count, { secret, peer, site: "hq", edge: "e1" }, ["front"]);
  const strike = { output: 0, release: millis(5000), extendedRelease: millis(15_000), fail: "secure" } as const;
  return {
    index,
    keyset: {
      site: "hq",
      siteName: "Bench",
      edge: "e1",
      number: 1,
      issuedAt: AT,
      buses: [{ id: "b1", port: "sim", baud: 9600 }],
      doors: [doorAt("front", 0, { strike })],
      schedules: [],
      holidays: [],
      keys,
      codes,
      otps: [],
    },
  };
}

function decisionAt(count: number, samples: number, { keyset, index }: Made): Figure {
  const held = holdKeyset(keyset);
  // Every place alike, so that no cache of the processor holds them all.
  const entries = Array.from({ length: samples }, (_, at) => codeAt((at * 7919) % count));
  const judge = (at: number) => {
    const entry = { kind: "code", index: codeIndex(index, new SecretText(entries[at]!)) } as const;
    return decide(held, { door: "front", entry, at: AT, clock: "trusted" }, NOTHING_USED);
  };
  const bare = new Map(keyset.codes.map((code) => [toHex(code.index), code]));
  const key = index.use((bytes) => Buffer.from(bytes));
  const look = (at: number) =>
    bare.get(createHmac("sha256", key).update(`\u0006${entries[at]!}`).digest("hex").slice(0, 32));
  // Both warm before either counts.
  for (let at = 0; at < Math.min(samples, 3000); at += 1) {
    judge(at);
    look(at);
  }
  return {
    what: `decision among ${count.toLocaleString("en-US")} keys, each with a window`,
    unit: "µs",
    samples: timed(samples, judge),
    beside: { what: "bare HMAC-SHA256 and a Map", samples: timed(samples, look) },
  };
}

export function decisionFigures(samples: number): Figure[] {
  const figures: Figure[] = [];
  for (const count of [100, 10_000, 100_000]) {
    const made = makeKeyset(count);
    figures.push(decisionAt(count, samples, made));
    if (count < 100_000) continue;
    const bytes = encodeKeyset(made.keyset);
    const open = () => {
      const decoded = decodeKeyset(bytes);
      if (decoded.ok) holdKeyset(decoded.value);
    };
    const inMs = (times: number[]) => times.map((time) => time / 1000);
    const bareMap = () => new Map(made.keyset.codes.map((code) => [Buffer.from(code.index).toString("latin1"), code]));
    const bare = "a Map of the code indices alone";
    figures.push({
      what: "index of 100,000 keys, built anew",
      unit: "ms",
      samples: inMs(timed(5, () => holdKeyset(made.keyset))),
      beside: { what: bare, samples: inMs(timed(5, bareMap)) },
    });
    figures.push({
      what: "memory of that index, beyond the keyset",
      unit: "MB",
      samples: [heldMegabytes(() => holdKeyset(made.keyset))],
      beside: { what: bare, samples: [heldMegabytes(bareMap)] },
    });
    figures.push({
      what: `keyset of 100,000 keys (${(bytes.length / 1e6).toFixed(1)} MB): decode, check, index`,
      unit: "ms",
      samples: inMs(timed(3, open)),
      beside: { what: "bare CBOR decode", samples: inMs(timed(3, () => decode(bytes))) },
    });
  }
  return figures;
}
