import { millis } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { type FaultKind, readFault, readFaultWords, sayLength } from "./fault.ts";

const NOISE: FaultKind = {
  name: "noise",
  cause: "a motor beside the cable",
  place: "line",
  lasts: true,
  parameters: {
    rate: { kind: "number", about: "share of bytes", min: 0, max: 1, default: 0.01 },
    every: { kind: "duration", about: "between bursts", min: millis(1), max: millis(60_000), default: millis(1_000) },
    kind: { kind: "word", about: "of noise", words: ["burst", "hum"], default: "burst" },
  },
};
const STEP: FaultKind = { ...NOISE, name: "step", lasts: false, parameters: {} };

test("a fault is read from fields and from words alike", async (t) => {
  const whole = { kind: NOISE, settings: { rate: 0.5, every: 2_000, kind: "hum" }, off: false, lasting: 30_000 };
  const read = readFault(NOISE, { rate: 0.5, every: "2s", kind: "hum", for: "30s" });
  t.same(read, { ok: true, value: whole });
  t.same(readFaultWords(NOISE, ["rate=0.5", "every=2s", "kind=hum", "for=30s"]), read);
  t.match(readFault(NOISE, {}), { ok: true, value: { settings: { rate: 0.01, every: 1_000, kind: "burst" } } });
  t.match(readFaultWords(NOISE, ["off"]), { ok: true, value: { off: true } });
});

test("what is wrong with one is told with the field and what was expected", async (t) => {
  const cases: [FaultKind, Record<string, unknown>, string, RegExp][] = [
    [NOISE, { rate: 1.5 }, "rate", /1.5, expected 0 to 1/],
    [NOISE, { rate: "much" }, "rate", /expected 0 to 1/],
    [NOISE, { every: "2 weeks" }, "every", /expected 1ms to 1m/],
    [NOISE, { every: 5 }, "every", /5, expected 1ms to 1m/],
    [NOISE, { kind: "rain" }, "kind", /expected burst or hum/],
    [NOISE, { toString: 1 }, "toString", /no such parameter; it has rate, every, kind, for, off/],
    [NOISE, { for: "-3s" }, "for", /expected a length of time/],
    [NOISE, { off: false }, "off", /expected true/],
    [STEP, { for: "3s" }, "for", /happens at once/],
    [STEP, { rate: 1 }, "rate", /it has none/],
  ];
  for (const [kind, given, field, message] of cases)
    t.match(readFault(kind, given), { ok: false, error: { field, message } }, JSON.stringify(given));
  t.match(readFaultWords(NOISE, ["rate"]), { ok: false, error: { field: "rate", message: /PARAMETER=VALUE/ } });
  t.match(readFaultWords(NOISE, ["rate=1", "rate=0"]), { ok: false, error: { message: /twice/ } });
});

test("lengths are said as they are written", async (t) => {
  for (const [length, said] of [
    [90_000, "90s"],
    [7_200_000, "2h"],
    [250, "250ms"],
    [0, "0s"],
    [-3_000, "-3s"],
  ] as const)
    t.equal(sayLength(length), said);
});
