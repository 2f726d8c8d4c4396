/**
 * Power cut at a Controller between any two of its answers around a grant: nobody gets in without the grant, one-time
 * means once, and what the edge has granted stands on record whether or not the strike ever moved.
 */
import t, { test } from "tap";
import { rehearsed, SITE, told } from "./faults.rig.ts";

// Model time costs real work: on a busy machine a file takes longer than the usual 30 s.
t.setTimeout(240_000);

const ONCE = `${SITE}  - { id: k2, user: u1, doors: [front], restriction: one-time, pin: "618340" }\n`;
const ANSWERS = [1, 2, 3, 4];

/** The last key is struck 1.8 s after the first; its answers begin here. */
function cutAt(nth: number, when: "before" | "after") {
  const world = rehearsed(
    [
      { at: "10:00:00", apply: "once.yaml" },
      { at: "10:00:10", press: "618340#", door: "front" },
      { at: "10:00:11.810", fault: "power-cut", step: "answer", when, nth, door: "front", for: "10s" },
      { at: "10:00:40", press: "618340#", door: "front" },
      { at: "10:00:55", rex: true, door: "front" },
      { at: "10:00:56", end: true },
    ],
    { files: { "once.yaml": ONCE } },
  );
  const seqs = world.authority.records(0, 1_000).map(({ record }) => record.seq);
  return { lines: told(world.events, ["granted", "denied", "unlocked"]), seqs };
}

const seen = new Set<string>();

for (const when of ["before", "after"] as const)
  for (const nth of ANSWERS)
    test(`power cut ${when} answer ${nth}`, (t) => {
      const { lines, seqs } = cutAt(nth, when);
      const [rex, ...rest] = lines.toReversed();
      t.equal(rex, "10:00:55 front unlocked", "the exit button");
      const what = rest.toReversed().map((line) => line.slice(9));
      seen.add(what.join("; "));
      t.equal(what.filter((line) => line === "front granted").length, 1, "once, whatever is cut");
      t.ok(what.indexOf("front unlocked") !== 0, "never before its grant");
      t.same(
        seqs,
        seqs.map((_, place) => place + 1),
      );
      t.end();
    });

test("the cuts fell on every side of the grant", (t) => {
  t.same(
    [...seen].sort(),
    [
      // The # never reached the edge: the code opens as it is typed anew.
      "front granted; front unlocked",
      // It did, and the strike did not hear of it.
      "front granted; front denied used-up",
      "front granted; front unlocked; front denied used-up",
    ].sort(),
  );
  t.end();
});
