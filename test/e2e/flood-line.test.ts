/**
 * Rubbish on the serial lines of a real edge, towards it and towards its Controllers: counted, told of at a bounded
 * rate, survived with bounded memory, and the doors answer meanwhile (issue 3; facts security 8, rows 22 and 23).
 */
import { seeded } from "@lintel/edge/bus/bus.rig.ts";
import { encodeFrame, withCheck } from "@lintel/protocol/osdp/frame.ts";
import t, { type Test, test } from "tap";
import { type DoorLine, marked } from "../support/door-line.rig.ts";
import { ANSWER_MAX, costOf, LINES_MAX, MEMORY_MAX, opensWithin } from "../support/flood.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

const site = new RunningSite(t);
const [front, back] = await Promise.all([site.addDoor("front", "b1"), site.addDoor("back", "b2")]);
await site.start(officeSite());

const POLL = 0x60;
const ACK = 0x40;
const frame = (address: number, reply: boolean) =>
  marked(
    encodeFrame({
      address,
      reply,
      sequence: 1,
      check: "crc",
      scb: null,
      code: reply ? ACK : POLL,
      data: Uint8Array.of(),
    }),
  );
const broken = (bytes: Uint8Array) =>
  withCheck(bytes.slice(0, -2), "crc").map((byte, at) => (at === 6 ? byte ^ 1 : byte));
const random = seeded(5).bytes;

/** What the rubbish is made of: one piece, sent again and again. */
const rubbish: readonly { readonly name: string; readonly piece: () => Uint8Array; readonly within?: number }[] = [
  { name: "random bytes", piece: () => random(64) },
  { name: "a line that is held low", piece: () => new Uint8Array(64) },
  { name: "the first byte of a frame, for ever", piece: () => new Uint8Array(64).fill(0x53) },
  { name: "half frames", piece: () => frame(0, true).subarray(0, 5) },
  {
    name: "frames that lie about their length",
    piece: () => Uint8Array.of(0x53, 0x80, 0x20, 0x00),
    // Before each question the claimed frame is waited for: 0.4 s, and a code is seven questions.
    within: 3 * ANSWER_MAX,
  },
  { name: "frames for this address with a wrong check", piece: () => broken(frame(0, true)) },
  { name: "whole answers of another address", piece: () => frame(7, true) },
  { name: "whole questions to another address", piece: () => frame(7, false) },
];

function pieces(piece: () => Uint8Array, length: number): Uint8Array {
  const all: Uint8Array[] = [];
  for (let bytes = 0; bytes < length; ) {
    const next = piece();
    all.push(next);
    bytes += next.length;
  }
  return Buffer.concat(all);
}

/** Rubbish to both ends of a line, `length` bytes every `every` ms, until it is ended, by the end of `t` at the latest. Answers how much there was. */
function babble(
  t: Test,
  line: DoorLine,
  piece: () => Uint8Array,
  { length, every }: { length: number; every: number },
) {
  let sent = 0;
  const timer = setInterval(() => {
    const bytes = pieces(piece, length);
    sent += bytes.length;
    line.inject(bytes, "edge");
    line.inject(bytes, "controller");
  }, every);
  t.teardown(() => clearInterval(timer));
  return () => {
    clearInterval(timer);
    return sent;
  };
}

/** What 38,400 baud carry: never a silence that would end a frame. */
const FULL_SPEED = { length: 38, every: 10 };
/** A hundred times that: what a pseudo-terminal carries and no wire does. */
const BEYOND_ANY_WIRE = { length: 3_840, every: 10 };

test("the quiet before: a code opens, and the measures measure", async (t) => {
  let took = 0;
  const cost = await costOf(site.edge, async () => {
    took = await opensWithin(front, CODES.desk);
  });
  t.comment({ took, ...cost });
  t.ok(took > 0 && took <= ANSWER_MAX, `${took} ms`);
  t.ok(cost.lines >= 1 && cost.lines <= LINES_MAX, `${cost.lines} lines`);
  t.ok(cost.memory <= MEMORY_MAX);
});

for (const { name, piece, within = ANSWER_MAX } of rubbish) {
  test(`${name}, on one line at its full speed and on the other beyond any: the door opens meanwhile`, async (t) => {
    const told = site.records.length;
    const ends = [babble(t, site.line("b1"), piece, FULL_SPEED), babble(t, site.line("b2"), piece, BEYOND_ANY_WIRE)];
    let took = 0;
    const cost = await costOf(site.edge, async () => {
      took = await opensWithin(front, CODES.desk);
    });
    const [slow, fast] = ends.map((end) => end());
    t.comment({ took, ...cost, slow, fast });
    t.ok(slow! > 1_000 && fast! > 20_000, "it was a flood");
    t.ok(took <= within, `${took} ms`);
    t.ok(cost.memory <= MEMORY_MAX, `${cost.memory} bytes`);
    t.ok(cost.lines <= LINES_MAX, `${cost.lines} lines`);
    t.ok(site.records.length - told <= LINES_MAX);
  });
}

test("headers that claim the longest frame, without a pause: that line is jammed, the other door opens, and it is back at once", async (t) => {
  const end = babble(t, site.line("b2"), () => Uint8Array.of(0x53, 0x80, 0xa0, 0x05), FULL_SPEED);
  t.ok((await opensWithin(front, CODES.desk)) <= ANSWER_MAX);
  end();
  await until("the session stands", () => back.simulated.state().secure);
  t.ok((await opensWithin(back, CODES.desk)) <= ANSWER_MAX);
});

test("all of it was counted and told, each thing once in its minute at a door", (t) => {
  const alarms = site.records.filter(({ event }) => event === "bus-alarm");
  const times = new Map<string, number>();
  for (const { door, detail } of alarms) {
    const what = `${door} ${detail.what}`;
    times.set(what, (times.get(what) ?? 0) + 1);
  }
  t.comment(Object.fromEntries(times));
  for (const what of ["front line-noise", "back line-noise", "front foreign-cp", "back foreign-cp"]) {
    t.ok((times.get(what) ?? 0) >= 1 && (times.get(what) ?? 0) <= 3, `${what}: ${times.get(what)}`);
  }
  t.equal(site.edge.talk, "", "nothing on its standard error");
  t.end();
});
