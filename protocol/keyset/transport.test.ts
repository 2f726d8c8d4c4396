/** Cutting a keyset into pieces and joining it: only the very same bytes come out. */
import { test } from "tap";
import { decodeCbor, encodeCbor } from "../base/cbor.ts";
import { LIMITS } from "./limits.ts";
import { hashOf, joinKeyset, readManifest, splitKeyset, writeManifest } from "./transport.ts";

const bytesOf = (size: number) => Uint8Array.from({ length: size }, (_, at) => (at * 7 + (at >> 8)) & 0xff);
const of = { edge: "e1", number: 3 };
const mapOf = (chunks: readonly { hash: string; bytes: Uint8Array }[]) =>
  new Map(chunks.map((chunk) => [chunk.hash, chunk.bytes]));

const sizes = [
  { size: 1, pieces: 1 },
  { size: LIMITS.chunkBytes, pieces: 1 },
  { size: LIMITS.chunkBytes + 1, pieces: 2 },
  { size: 3 * LIMITS.chunkBytes + 5, pieces: 4 },
];
for (const { size, pieces } of sizes) {
  test(`${size} bytes travel in ${pieces} pieces and come out as they went in`, (t) => {
    const bytes = bytesOf(size);
    const { manifest, chunks } = splitKeyset(bytes, of);
    t.match(manifest, { ...of, size, digest: hashOf(bytes) });
    t.equal(manifest.chunks.length, pieces);
    t.same(joinKeyset(manifest, mapOf(chunks)), { ok: true, value: bytes });
    t.end();
  });
}

test("a piece that occurs twice is sent once", (t) => {
  const bytes = new Uint8Array(2 * LIMITS.chunkBytes);
  const { manifest, chunks } = splitKeyset(bytes, of);
  t.equal(manifest.chunks.length, 2);
  t.equal(chunks.length, 1);
  t.same(joinKeyset(manifest, mapOf(chunks)), { ok: true, value: bytes });
  t.end();
});

test("what is missing, changed or put together otherwise is refused", (t) => {
  const { manifest, chunks } = splitKeyset(bytesOf(LIMITS.chunkBytes + 9), of);
  const [first, second] = chunks;
  t.same(joinKeyset(manifest, mapOf([first!])), { ok: false, error: { kind: "missing", hashes: [second!.hash] } });
  const hit = second!.bytes.slice();
  hit[0]! ^= 1;
  t.match(joinKeyset(manifest, mapOf([first!, { hash: second!.hash, bytes: hit }])), { error: { kind: "wrong-hash" } });
  const turned = { ...manifest, chunks: [second!.hash, first!.hash] };
  t.match(joinKeyset(turned, mapOf(chunks)), { ok: false, error: { kind: "wrong-digest" } });
  t.match(joinKeyset({ ...manifest, size: 4 }, mapOf(chunks)), { ok: false, error: { kind: "wrong-size" } });
  t.match(joinKeyset({ ...manifest, digest: first!.hash }, mapOf(chunks)), { error: { kind: "wrong-digest" } });
  t.end();
});

test("a manifest is read as it was written, and refused with a hash cut short", (t) => {
  const { manifest } = splitKeyset(bytesOf(70_000), of);
  const wire = decodeCbor(encodeCbor(writeManifest(manifest)), { bytes: 4096, depth: 4 });
  if (!wire.ok) throw new Error("a manifest is canonical");
  t.same(readManifest(wire.value), { ok: true, value: manifest });
  t.match(readManifest(["e1", 1, new Uint8Array(31), 5, [new Uint8Array(32)]]), { error: { path: ".digest" } });
  t.match(readManifest(["e1", 1, new Uint8Array(32), 5, []]), { ok: false, error: { path: ".chunks" } });
  t.end();
});
