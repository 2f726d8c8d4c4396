/** An act and its outcome on the wire: whole, or refused with the path of what is wrong. */
import { test } from "tap";
import { decodeCbor, encodeCbor } from "../base/cbor.ts";
import { MODES } from "../base/words.ts";
import { ACT_REFUSALS } from "./command.ts";
import { ACT_OUTCOME, DOOR_ACT } from "./command-codec.ts";
import type { Shape } from "./shape.ts";

const END = 1_795_000_000_000;
const mode = { kind: "mode", door: "front", mode: "lockdown" };
const override = { kind: "override", door: "front", state: "unlock", until: END };
const release = { kind: "release", door: "front" };

const acts: readonly object[] = [
  ...MODES.map((word) => ({ ...mode, mode: word })),
  override,
  { ...override, until: 0 },
  { ...override, until: null },
  { ...override, state: "lock", until: "period-end" },
  { ...override, state: "resume", until: null },
  release,
];
const outcomes: readonly object[] = [{ kind: "done" }, ...ACT_REFUSALS.map((why) => ({ kind: "refused", why }))];

for (const [what, shape, values] of [
  ["an act", DOOR_ACT, acts],
  ["an outcome", ACT_OUTCOME, outcomes],
] as readonly [string, Shape<unknown>, readonly object[]][]) {
  for (const value of values) {
    test(`${what} comes back from its bytes: ${JSON.stringify(value)}`, (t) => {
      const bytes = encodeCbor(shape.write(value));
      const read = decodeCbor(bytes, { bytes: 1000, depth: 2 });
      t.ok(read.ok);
      if (read.ok) t.same(shape.read(read.value, "act"), { ok: true, value });
      t.end();
    });
  }
}

const refused: readonly { name: string; act: unknown; at: string }[] = [
  { name: "no act", act: null, at: "act.kind" },
  { name: "a word", act: "mode", at: "act.kind" },
  { name: "an act of no kind", act: { door: "front" }, at: "act.kind" },
  { name: "an act of another kind", act: { ...release, kind: "open" }, at: "act.kind" },
  { name: "a kind that every object has", act: { ...release, kind: "constructor" }, at: "act.kind" },
  { name: "a mode that is none", act: { ...mode, mode: "open" }, at: "act.mode" },
  { name: "no mode", act: { kind: "mode", door: "front" }, at: "act.mode" },
  { name: "a mode with an end", act: { ...mode, until: END }, at: "act.until" },
  { name: "a door that is no id", act: { ...mode, door: "Front door" }, at: "act.door" },
  { name: "a door of 33 characters", act: { ...mode, door: "x".repeat(33) }, at: "act.door" },
  { name: "a state that is none", act: { ...override, state: "open" }, at: "act.state" },
  { name: "an end in words", act: { ...override, until: "tomorrow" }, at: "act.until" },
  { name: "an end before 1970", act: { ...override, until: -1 }, at: "act.until" },
  { name: "an end between two ms", act: { ...override, until: 0.5 }, at: "act.until" },
  { name: "an end left out", act: { kind: "override", door: "front", state: "lock" }, at: "act.until" },
  { name: "a resume with an end", act: { ...override, state: "resume" }, at: "act" },
  { name: "a resume until the period ends", act: { ...override, state: "resume", until: "period-end" }, at: "act" },
  { name: "a release with a mode", act: { ...release, mode: "normal" }, at: "act.mode" },
];
for (const { name, act, at } of refused) {
  test(`refused: ${name}`, (t) => {
    t.match(DOOR_ACT.read(act as never, "act"), { ok: false, error: { kind: "wrong-shape", at } });
    t.end();
  });
}

for (const { name, outcome, at } of [
  { name: "of another kind", outcome: { kind: "maybe" }, at: "kind" },
  { name: "refused without a reason", outcome: { kind: "refused" }, at: "why" },
  { name: "refused for another reason", outcome: { kind: "refused", why: "tired" }, at: "why" },
  { name: "done, with a reason", outcome: { kind: "done", why: "stale" }, at: "why" },
]) {
  test(`refused: an outcome ${name}`, (t) => {
    t.match(ACT_OUTCOME.read(outcome as never, ""), { ok: false, error: { at } });
    t.end();
  });
}
