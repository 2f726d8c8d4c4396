import { instant } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { FAULTS } from "./faults/catalogue.ts";
import { readScript, type ScriptNames } from "./script.ts";

const NAMES: ScriptNames = {
  doors: new Set(["front"]),
  faults: FAULTS,
  instantOf: (text) => (/Z$/.test(text) && !Number.isNaN(Date.parse(text)) ? instant(Date.parse(text)) : null),
};
const AT = '"at":"2026-12-01T10:00:00Z"';
const read = (text: string) => readScript(text, NAMES);

const good: readonly { readonly line: string; readonly step: object }[] = [
  { line: `{${AT},"press":"123*#","door":"front"}`, step: { kind: "press", door: "front" } },
  { line: `{${AT},"rex":true,"door":"front"}`, step: { kind: "rex", door: "front" } },
  { line: `{${AT},"contact":"open","door":"front"}`, step: { kind: "contact", door: "front", open: true } },
  { line: `{${AT},"authority":"off"}`, step: { kind: "authority", on: false } },
  {
    line: `{${AT},"power":"on","unit":"controller","door":"front"}`,
    step: { kind: "power", unit: "controller", door: "front", on: true },
  },
  { line: `{${AT},"clock":{"stepMs":-5}}`, step: { kind: "clock", set: { stepMs: -5 } } },
  { line: `{${AT},"clock":"unknown"}`, step: { kind: "clock", set: "unknown" } },
  { line: `{${AT},"mode":"lockdown","door":"front"}`, step: { kind: "mode", mode: "lockdown" } },
  { line: `{${AT},"override":"unlock","door":"front"}`, step: { kind: "override", state: "unlock", until: null } },
  {
    line: `{${AT},"override":"lock","until":"period-end","door":"front"}`,
    step: { kind: "override", state: "lock", until: "period-end" },
  },
  {
    line: `{${AT},"override":"lock","until":"2026-12-01T11:00:00Z","door":"front"}`,
    step: { kind: "override", until: Date.UTC(2026, 11, 1, 11) },
  },
  { line: `{${AT},"apply":"other.yaml"}`, step: { kind: "apply", path: "other.yaml" } },
  { line: `{${AT},"fire":true,"door":"front"}`, step: { kind: "fire", on: true } },
  {
    line: `{${AT},"fault":"cable-cut","door":"front","for":"30s"}`,
    step: { kind: "fault", door: "front", fault: { kind: { name: "cable-cut" }, off: false, lasting: 30_000 } },
  },
  {
    line: `{${AT},"fault":"tamper","door":"front","off":true}`,
    step: { kind: "fault", door: "front", fault: { kind: { name: "tamper" }, off: true } },
  },
  { line: `{${AT},"end":true}`, step: { kind: "end" } },
];
for (const { line, step } of good) {
  test(`read: ${line.slice(AT.length + 2)}`, (t) => {
    t.match(read(`\n${line}\n`), { ok: true, value: [{ ...step, line: 2, at: Date.UTC(2026, 11, 1, 10) }] });
    t.end();
  });
}

const bad: readonly { readonly name: string; readonly text: string; readonly error: object }[] = [
  { name: "nothing", text: "\n\n", error: { line: 1, message: /empty/ } },
  { name: "no JSON", text: `{${AT},"end":true\n`, error: { line: 1, field: "", message: "not JSON" } },
  { name: "a list", text: "[]", error: { line: 1, message: /expected an object/ } },
  { name: "no instant", text: `{"end":true}`, error: { field: "at", message: /^missing/ } },
  { name: "a time without a zone", text: `{"at":"2026-12-01T10:00:00","end":true}`, error: { field: "at" } },
  { name: "nothing happens", text: `{${AT}}`, error: { message: /^nothing happens/ } },
  { name: "two things", text: `{${AT},"end":true,"authority":"on"}`, error: { message: /^two things/ } },
  { name: "an unknown field", text: `{${AT},"rex":true,"door":"front","dor":1}`, error: { field: "dor" } },
  { name: "no door", text: `{${AT},"rex":true}`, error: { field: "door", message: /^missing/ } },
  { name: "an unknown door", text: `{${AT},"rex":true,"door":"cellar"}`, error: { message: /no door 'cellar'/ } },
  { name: "no key", text: `{${AT},"press":"12a#","door":"front"}`, error: { field: "press" } },
  { name: "an unknown mode", text: `{${AT},"mode":"party","door":"front"}`, error: { message: /normal, tour/ } },
  {
    name: "an end for resume",
    text: `{${AT},"override":"resume","until":"period-end","door":"front"}`,
    error: { field: "until" },
  },
  { name: "an unknown fault", text: `{${AT},"fault":"meteor"}`, error: { message: /--faults/ } },
  { name: "a fault of a line, and no door", text: `{${AT},"fault":"cable-cut"}`, error: { field: "door" } },
  { name: "a fault at an unknown door", text: `{${AT},"fault":"tamper","door":"no"}`, error: { field: "door" } },
  {
    name: "a parameter that the fault has not",
    text: `\n{${AT},"fault":"tamper","door":"front","rate":1}`,
    error: { line: 2, field: "rate", message: /no such parameter/ },
  },
  {
    name: "time going back",
    text: `{${AT},"authority":"off"}\n{"at":"2026-12-01T09:59:59Z","end":true}`,
    error: { line: 2, field: "at" },
  },
  { name: "something behind the end", text: `{${AT},"end":true}\n{${AT},"authority":"off"}`, error: { line: 2 } },
];
for (const { name, text, error } of bad) {
  test(`refused, with its line: ${name}`, (t) => {
    t.match(read(text), { ok: false, error });
    t.end();
  });
}

test("what a press types is in no message", (t) => {
  const refused = read(`{${AT},"press":"274936x","door":"front"}`);
  t.notMatch(JSON.stringify(refused), /274936/);
  t.end();
});
