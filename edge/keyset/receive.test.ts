import { concat } from "@lintel/protocol/base/bytes.ts";
import { type Instant, instant, millis, monotonic } from "@lintel/protocol/base/units.ts";
import { encodeKeyset } from "@lintel/protocol/keyset/codec.ts";
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import { type KeysetManifest, splitKeyset } from "@lintel/protocol/keyset/transport.ts";
import { test } from "tap";
import { beginReceiving, completeKeyset, judgeManifest, missingChunks, openKeyset, takeChunk } from "./receive.ts";

const place = { site: "hq", edge: "e1" };
const keyset = (over: Partial<Keyset> = {}): Keyset => ({
  site: "hq",
  siteName: "Head office",
  edge: "e1",
  number: 7,
  issuedAt: instant(1_790_000_000_000) as Instant,
  buses: [],
  doors: [],
  schedules: [],
  holidays: [],
  keys: [],
  codes: [],
  otps: [],
  ...over,
});
/** Long enough for three pieces. */
const long = keyset({
  schedules: Array.from({ length: 9000 }, (_, at) => ({
    id: `s${at}`,
    windows: [{ days: 127, from: 0, length: 1440 }],
  })),
});
const encoded = encodeKeyset(long);
const { manifest, chunks } = splitKeyset(encoded, { edge: "e1", number: 7 });
const at = monotonic(1000);

const offers: readonly {
  name: string;
  held: { number: number; digest: string } | null;
  offered: Partial<KeysetManifest>;
  answer: "fresh" | "held-already" | { kind: string };
}[] = [
  { name: "the first one", held: null, offered: {}, answer: "fresh" },
  { name: "a higher number", held: { number: 6, digest: "aa" }, offered: {}, answer: "fresh" },
  { name: "a number that skips some", held: { number: 3, digest: "aa" }, offered: {}, answer: "fresh" },
  { name: "the held one", held: { number: 7, digest: manifest.digest }, offered: {}, answer: "held-already" },
  {
    name: "a lower number",
    held: { number: 8, digest: "aa" },
    offered: {},
    answer: { kind: "older", held: 8, offered: 7 } as { kind: string },
  },
  {
    name: "the held number with other content",
    held: { number: 7, digest: "0".repeat(64) },
    offered: {},
    answer: { kind: "same-number", number: 7 } as { kind: string },
  },
  { name: "another edge's", held: null, offered: { edge: "e2" }, answer: { kind: "wrong-edge" } },
  {
    name: "a number a million ahead",
    held: { number: 7, digest: "aa" },
    offered: { number: 1_000_007 },
    answer: "fresh",
  },
  {
    name: "a number more than a million ahead",
    held: { number: 7, digest: "aa" },
    offered: { number: 1_000_008 },
    answer: { kind: "too-far", held: 7, offered: 1_000_008 } as { kind: string },
  },
];

for (const { name, held, offered, answer } of offers) {
  test(`offered: ${name} (d8.1, design 4)`, (t) => {
    const judged = judgeManifest(held, place, { ...manifest, ...offered });
    t.same(judged.ok ? judged.value : judged.error, answer);
    t.end();
  });
}

test("pieces come in any order and more than once; the whole comes out of them", (t) => {
  let receiving = beginReceiving(manifest, new Map(), at);
  t.same(missingChunks(receiving), manifest.chunks);
  t.ok(chunks.length >= 3);
  for (const { hash, bytes } of [...chunks, chunks[0]!].reverse()) {
    const taken = takeChunk(receiving, hash, bytes, at);
    t.ok(taken.ok);
    if (taken.ok) receiving = taken.value;
  }
  t.same(missingChunks(receiving), []);
  const complete = completeKeyset(place, receiving);
  t.ok(complete.ok);
  if (complete.ok) t.same(complete.value.keyset, long);
  t.end();
});

test("pieces that an older keyset had are not asked for again", (t) => {
  const known = new Map(chunks.slice(1).map(({ hash, bytes }) => [hash, bytes]));
  known.set("f".repeat(64), Uint8Array.of(1));
  const receiving = beginReceiving(manifest, known, at);
  t.same(missingChunks(receiving), [chunks[0]!.hash]);
  t.equal(receiving.chunks.size, chunks.length - 1, "what the manifest does not name is not kept");
  t.end();
});

test("a piece that is not what its name says, or that nobody named, is not taken", (t) => {
  const receiving = beginReceiving(manifest, new Map(), at);
  const [first, second] = chunks;
  t.same(takeChunk(receiving, first!.hash, second!.bytes, at), { ok: false, error: { kind: "wrong-hash" } });
  const flipped = first!.bytes.slice();
  flipped[100]! ^= 1;
  t.same(takeChunk(receiving, first!.hash, flipped, at), { ok: false, error: { kind: "wrong-hash" } });
  t.same(takeChunk(receiving, "0".repeat(64), first!.bytes, at), { ok: false, error: { kind: "unasked" } });
  t.end();
});

const wholes: readonly { name: string; bytes: Uint8Array; manifest: KeysetManifest; kind: string }[] = [
  (() => {
    const bytes = encodeKeyset(keyset({ edge: "e2" }));
    return {
      name: "another edge's inside",
      bytes,
      manifest: splitKeyset(bytes, { edge: "e1", number: 7 }).manifest,
      kind: "wrong-edge",
    };
  })(),
  (() => {
    const bytes = encodeKeyset(keyset({ site: "elsewhere" }));
    return {
      name: "another site's",
      bytes,
      manifest: splitKeyset(bytes, { edge: "e1", number: 7 }).manifest,
      kind: "wrong-site",
    };
  })(),
  (() => {
    const bytes = encodeKeyset(keyset({ number: 6 }));
    return {
      name: "another number inside",
      bytes,
      manifest: splitKeyset(bytes, { edge: "e1", number: 7 }).manifest,
      kind: "wrong-number",
    };
  })(),
  { name: "another digest", bytes: encoded, manifest: { ...manifest, digest: "0".repeat(64) }, kind: "wrong-digest" },
  { name: "a byte less", bytes: encoded.slice(0, -1), manifest, kind: "wrong-digest" },
  { name: "a byte more", bytes: concat(encoded, Uint8Array.of(0)), manifest, kind: "wrong-digest" },
  (() => {
    const bytes = Uint8Array.of(0x82, 0x01, 0x80);
    return {
      name: "no keyset at all",
      bytes,
      manifest: splitKeyset(bytes, { edge: "e1", number: 7 }).manifest,
      kind: "malformed",
    };
  })(),
];

for (const { name, bytes, manifest: offered, kind } of wholes) {
  test(`a whole that is ${name} is refused: ${kind}`, (t) => {
    const opened = openKeyset(place, offered, bytes);
    t.equal(opened.ok, false);
    if (!opened.ok) t.equal(opened.error.kind, kind);
    t.end();
  });
}

test("a keyset with a hundred times a hundred keys opens as it was written", (t) => {
  const big = keyset({
    doors: [],
    keys: Array.from({ length: 10_000 }, (_, n) => ({
      id: `k${n}`,
      issue: 1,
      user: `u${n}`,
      doors: [],
      enabled: true,
      role: "user" as const,
      kind: "staff" as const,
      restrictions: [{ kind: "after-first-use" as const, length: millis(60_000) }],
      validFrom: null,
      validUntil: null,
      remote: false,
      extended: false,
      withheld: [],
    })),
  });
  const bytes = encodeKeyset(big);
  const opened = openKeyset(place, splitKeyset(bytes, { edge: "e1", number: 7 }).manifest, bytes);
  t.ok(opened.ok && opened.value.keys.length === 10_000);
  t.end();
});
