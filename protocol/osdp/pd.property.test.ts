/** What holds of a PD whatever comes over its line: noise, forged frames, damage, replays. */
import fc from "fast-check";
import { test } from "tap";
import { toHex } from "../base/bytes.ts";
import { Secret } from "../base/secret.ts";
import { millis } from "../base/units.ts";
import type { Command } from "./commands.ts";
import { type CheckKind, carriesMac, type FrameParts, uncheckedFrame, withCheck } from "./frame.ts";
import { LIMITS } from "./limits.ts";
import { CpRig, PdRig } from "./pd.rig.ts";
import type { PdSettings } from "./pd.ts";
import { bytes } from "./vectors.rig.ts";

const SCBK = new Secret(bytes("000102030405060708090a0b0c0d0e0f"));

/** An OUT that no other OUT equals: its time is its name. */
function out(steps: number): Command {
  return { name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(steps * 100) }] };
}

function timesOf(executed: readonly Command[]): number[] {
  return executed.flatMap((command) => (command.name === "OUT" ? [command.outputs[0]!.time / 100] : []));
}

/** A frame with a right check and anything inside, blocks and MACs of the wrong size included. */
const forged = fc
  .record({
    address: fc.constantFrom(5, 5, 5, 5, 6, 0x7f),
    reply: fc.constantFrom(false, false, false, true),
    sequence: fc.nat(3),
    check: fc.constantFrom<CheckKind>("crc", "checksum"),
    scb: fc.option(fc.record({ type: fc.integer({ min: 0x10, max: 0x19 }), data: fc.uint8Array({ maxLength: 1 }) })),
    code: fc.oneof(fc.integer({ min: 0x60, max: 0x80 }), fc.nat(255)),
    data: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
    mac: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  })
  .map(({ mac, ...parts }) => {
    const frame = parts satisfies FrameParts;
    const covered = uncheckedFrame(frame);
    const sealed = frame.scb !== null && carriesMac(frame.scb.type) ? Uint8Array.of(...covered, ...mac) : covered;
    return withCheck(sealed, frame.check);
  });

type Act = { readonly wait: number } | { readonly bytes: Uint8Array } | { readonly press: string };

const anything: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: forged.map((frame) => ({ bytes: frame })) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 60 }).map((noise) => ({ bytes: noise })) },
  { weight: 1, arbitrary: fc.tuple(forged, fc.nat(80)).map(([frame, cut]) => ({ bytes: frame.subarray(0, cut) })) },
  { weight: 1, arbitrary: fc.constantFrom(1, 19, 20, 30, 4_999, 5_000, 8_000).map((wait) => ({ wait })) },
  { weight: 1, arbitrary: fc.constant({ press: "12#" }) },
);

function act(pd: PdRig, what: Act): void {
  if ("wait" in what) pd.rest(what.wait);
  else if ("press" in what) pd.press(what.press);
  else pd.send(what.bytes);
}

const kinds: readonly { readonly name: string; readonly settings: Partial<PdSettings> }[] = [
  { name: "keyed", settings: { scbk: SCBK } },
  { name: "unkeyed", settings: {} },
  { name: "installing", settings: { install: true } },
  { name: "in clear", settings: { clear: true } },
];

for (const { name, settings } of kinds) {
  test(`a PD that is ${name} takes any bytes: it never throws, and what it keeps is bounded`, (t) => {
    let answered = 0;
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 30 }), (acts) => {
        const pd = new PdRig(settings);
        for (const what of acts) {
          act(pd, what);
          answered += pd.kinds().filter((kind) => kind === "send").length;
          const { line, inbox, queue } = pd.state;
          if (line.rest.length >= LIMITS.osdpFrameBytes || inbox.length > 0) return false;
          if (queue.length > LIMITS.osdpQueuedEvents) return false;
        }
        return true;
      }),
      { numRuns: 300 },
    );
    t.ok(answered > 300, "and it answered");
    t.end();
  });
}

test("without the key, nobody makes a keyed PD in a session do anything that has weight", (t) => {
  const harmless = ["ID", "CAP", "CHLNG", "SCRYPT"];
  let sessionsEnded = 0;
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 20 }), (acts) => {
      const pd = new PdRig({ scbk: SCBK });
      if (new CpRig(pd).open(SCBK) !== "secure") return false;
      for (const what of acts) act(pd, what);
      if (pd.state.link.session === null) sessionsEnded += 1;
      return pd.executed.every(({ name }) => harmless.includes(name)) && pd.state.settings.scbk === SCBK;
    }),
    { numRuns: 300 },
  );
  t.ok(sessionsEnded > 50, "the forgeries were heard");
  const pd = new PdRig({ scbk: SCBK });
  const cp = new CpRig(pd);
  cp.open(SCBK);
  cp.ask(out(1));
  t.same(timesOf(pd.executed), [1], "with the key, it is done");
  t.end();
});

test("a flipped bit in every byte of a sealed OUT never moves an output, also under a right check", (t) => {
  let tried = 0;
  for (const check of ["crc", "checksum"] as const) {
    const checkBytes = check === "crc" ? 2 : 1;
    const pd = new PdRig({ scbk: SCBK });
    const cp = new CpRig(pd);
    cp.check = check;
    cp.open(SCBK);
    const sealed = cp.bytesOf(out(50));
    const [before, then] = [pd.state, pd.now];
    const goBack = () => {
      pd.state = before;
      pd.now = then;
    };
    // From SOM on: the mark before it is idle line and belongs to nothing.
    for (let bit = 8; bit < sealed.length * 8; bit += 1) {
      const flipped = sealed.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const repaired = withCheck(flipped.subarray(1, flipped.length - checkBytes), check);
      for (const frame of [flipped, repaired]) {
        if (toHex(frame) === toHex(sealed)) continue;
        goBack();
        pd.send(frame);
        pd.rest(20);
        tried += 1;
        if (pd.executed.length > 0) t.fail(`bit ${bit} of ${check}`);
      }
    }
    goBack();
    pd.send(sealed);
    t.same(timesOf(pd.executed), [50], "the frame itself does");
  }
  t.equal(tried, (31 - 1) * 8 * 2 - 16 + (30 - 1) * 8 * 2 - 8, "every bit was flipped");
  t.end();
});

test("a recorded frame that is played again never does its command a second time", (t) => {
  let replays = 0;
  let done = 0;
  const step = fc.oneof(
    fc.record({ kind: fc.constant("replay" as const), which: fc.nat(200) }),
    fc.record({ kind: fc.constant("command" as const) }),
    fc.record({ kind: fc.constant("restart" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), (steps) => {
      const pd = new PdRig({ scbk: SCBK });
      const cp = new CpRig(pd);
      const recorded: Uint8Array[] = [];
      const heard = pd.send.bind(pd);
      pd.send = (frame) => {
        recorded.push(frame);
        return heard(frame);
      };
      cp.open(SCBK);
      let next = 0;
      for (const one of steps) {
        if (one.kind === "replay") {
          heard(recorded[one.which % recorded.length]!);
          replays += 1;
        } else if (one.kind === "restart") {
          cp.open(SCBK);
        } else {
          next += 1;
          // A replay may have ended the session: the CP opens another, as it would.
          if (typeof cp.ask(out(next)) === "string") cp.open(SCBK);
        }
      }
      const times = timesOf(pd.executed);
      done += times.length;
      return new Set(times).size === times.length;
    }),
    { numRuns: 300 },
  );
  t.ok(replays > 500 && done > 300, `${replays} replays, ${done} commands done`);
  t.end();
});
