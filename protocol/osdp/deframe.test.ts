import fc from "fast-check";
import { test } from "tap";
import { concat, toHex } from "../base/bytes.ts";
import { monotonic } from "../base/units.ts";
import { type Deframed, deframe, gapEnds, IDLE_LINE, type LineState } from "./deframe.ts";
import { encodeFrame } from "./frame.ts";
import { LIMITS } from "./limits.ts";
import { bytes } from "./vectors.rig.ts";

const POLL = bytes("ff5305080005608dba");
/** A reply of another device whose data are, byte for byte, a right POLL for us. */
const AROUND_A_POLL = encodeFrame({
  address: 6,
  reply: true,
  sequence: 1,
  check: "crc",
  scb: null,
  code: 0x90,
  data: concat(bytes("feca5a"), POLL),
});

/** SEC_BLK_LEN is 2 or 3. */
const A_BLOCK_OF_4 = encodeFrame({
  address: 5,
  reply: false,
  sequence: 1,
  check: "crc",
  scb: { type: 0x11, data: Uint8Array.of(1, 1) },
  code: 0x76,
  data: new Uint8Array(8),
});

function words(items: readonly Deframed[]): string[] {
  return items.map((item) => {
    if (item.kind === "frame") return `frame ${toHex(item.frame.bytes)}`;
    return item.kind === "bad-check" ? `bad-check ${item.header.address}${item.quiet ? " quiet" : ""}` : item.kind;
  });
}
const poll = `frame ${toHex(POLL.subarray(1))}`;

const streams = [
  { name: "one frame", stream: POLL, items: [poll], skipped: 0 },
  {
    name: "marks before and behind are line idle",
    stream: bytes("ffffff5305080005608dbaffff"),
    items: [poll],
    skipped: 0,
  },
  { name: "noise before", stream: bytes("00112233fffe805305080005608dba"), items: [poll], skipped: 6 },
  { name: "LEN 0", stream: concat(bytes("5305000004600000"), POLL), items: [poll], skipped: 8 },
  { name: "LEN 6", stream: concat(bytes("5305060004"), POLL), items: [poll], skipped: 5 },
  { name: "LEN 1441, one past the limit", stream: concat(bytes("5305a10504"), POLL), items: [poll], skipped: 5 },
  {
    name: "LEN 7 with a CRC, which needs 8",
    stream: bytes("53050700040000"),
    items: ["bad-check 5 quiet"],
    skipped: 7,
  },
  {
    name: "a wrong check is searched, and a frame inside is found",
    stream: concat(bytes("53050e000400"), POLL.subarray(1)),
    items: ["bad-check 5 quiet", poll],
    skipped: 6,
  },
  {
    name: "a right check is not: what another device says is never for us",
    stream: AROUND_A_POLL,
    items: [`frame ${toHex(AROUND_A_POLL.subarray(1))}`],
    skipped: 0,
  },
  {
    name: "a wrong check with bytes behind it disturbs whoever sends them",
    stream: concat(bytes("5305080005608dbb"), POLL),
    items: ["bad-check 5", poll],
    skipped: 8,
  },
  { name: "a security block of 4 bytes", stream: A_BLOCK_OF_4.subarray(1), items: ["malformed"], skipped: 0 },
  { name: "a security block of no length", stream: bytes("53050a000d0015602bb4"), items: ["malformed"], skipped: 0 },
] as const;

for (const { name, stream, items, skipped } of streams) {
  test(`a stream: ${name}`, (t) => {
    const step = deframe(IDLE_LINE, stream, monotonic(0));
    t.same(words(step.items), items);
    t.equal(step.skipped, skipped);
    t.same(step.line, IDLE_LINE);
    t.end();
  });
}

test("a frame cut short ends after 20 ms of silence, and its bytes are searched (facts osdp 2)", (t) => {
  const cut = bytes("53051600056900");
  const begun = deframe(IDLE_LINE, concat(cut, POLL), monotonic(100));
  t.same(begun.items, []);
  t.equal(gapEnds(begun.line), 120);
  t.same(deframe(begun.line, new Uint8Array(0), monotonic(119)), { line: begun.line, items: [], skipped: 0 });
  const ended = deframe(begun.line, new Uint8Array(0), monotonic(120));
  t.same(words(ended.items), [poll], "the good frame inside the cut one");
  t.same(ended.line, IDLE_LINE);
  const followed = deframe(deframe(IDLE_LINE, cut, monotonic(100)).line, POLL, monotonic(120));
  t.same(words(followed.items), [poll], "the next frame is not swallowed");
  const stray = deframe(IDLE_LINE, concat(Uint8Array.of(0x53), POLL), monotonic(100));
  t.same(words(deframe(stray.line, new Uint8Array(0), monotonic(120)).items), [poll], "a stray SOM before a frame");
  const joined = deframe(deframe(IDLE_LINE, cut, monotonic(100)).line, POLL, monotonic(119));
  t.same(joined.items, [], "within 20 ms it is the same frame");
  t.end();
});

test("the largest frame is taken, one byte more is none", (t) => {
  const parts = { address: 5, reply: false, sequence: 0, check: "crc", scb: null, code: 0x80 } as const;
  const largest = encodeFrame({ ...parts, data: new Uint8Array(LIMITS.osdpFrameBytes - 8) });
  t.equal(largest.length, 1 + 1440);
  t.equal(deframe(IDLE_LINE, largest, monotonic(0)).items.length, 1);
  t.throws(() => encodeFrame({ ...parts, data: new Uint8Array(LIMITS.osdpFrameBytes - 7) }), {
    name: "InvariantViolation",
  });
  t.end();
});

/** Feeds `stream` in pieces that end at `cuts`, without any gap. */
function feed(stream: Uint8Array, cuts: readonly number[]): { items: Deframed[]; line: LineState; longest: number } {
  const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  const items: Deframed[] = [];
  let line = IDLE_LINE;
  let longest = 0;
  let at = 0;
  for (const end of ends) {
    const step = deframe(line, stream.subarray(at, end), monotonic(0));
    at = end;
    line = step.line;
    items.push(...step.items);
    longest = Math.max(longest, line.rest.length);
  }
  return { items, line, longest };
}

/** Bytes that look like frames more often than chance would. */
const rubbish = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .array(fc.constantFrom(0x53, 0x05, 0x00, 0x08, 0x04, 0xff, 0x60), { maxLength: 120 })
    .map((list) => Uint8Array.from(list)),
);
const cutting = fc.array(fc.nat(2_000), { maxLength: 12 });
const onlyFrames = (items: readonly Deframed[]) => items.filter(({ kind }) => kind !== "bad-check");

test("any bytes, cut anywhere: the same frames, in bounded memory", (t) => {
  let frames = 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(rubbish, fc.constant(POLL)), { maxLength: 6 }), cutting, (parts, cuts) => {
      const stream = concat(...parts);
      const whole = feed(stream, []);
      const split = feed(stream, cuts);
      frames += whole.items.length;
      t.same(onlyFrames(split.items), onlyFrames(whole.items));
      if (split.longest >= LIMITS.osdpFrameBytes) throw new Error(`kept ${split.longest} bytes`);
      return toHex(split.line.rest) === toHex(whole.line.rest);
    }),
    { numRuns: 500 },
  );
  t.ok(frames > 100, "the runs held frames");
  t.end();
});

test("after any rubbish and 20 ms of silence, the next good frame is found", (t) => {
  fc.assert(
    fc.property(rubbish, cutting, (noise, cuts) => {
      const { line } = feed(noise, cuts);
      const found = deframe(line, POLL, monotonic(20));
      return words(found.items).at(-1) === poll && found.line === IDLE_LINE;
    }),
    { numRuns: 1_000 },
  );
  t.pass("1000 rubbishes");
  t.end();
});
