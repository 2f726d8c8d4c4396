/**
 * A code typed at a keypad, over real parts: edge and authority as processes, a pseudo-terminal, the embedded broker,
 * both databases. What opens, what does not and why, and that the authority holds the same journal.
 */
import type { Reason } from "@lintel/protocol/base/words.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import t, { test } from "tap";
import { CODES, type Holder, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

const site = new RunningSite(t);
await Promise.all([site.addDoor("front", "b1"), site.addDoor("back", "b2")]);
await site.start(officeSite());

/** Typed at the front door in this order. */
const entries: readonly {
  readonly name: string;
  readonly holder: Holder;
  /** Null: it opens. */
  readonly reasons: readonly Reason[] | null;
  readonly rule: string;
}[] = [
  { name: "a right code", holder: "desk", reasons: null, rule: "d4.2" },
  { name: "a code that nobody has", holder: "wrong", reasons: ["unknown-code"], rule: "d10" },
  { name: "the code of a disabled key", holder: "disabled", reasons: ["disabled"], rule: "d4.2" },
  { name: "the code of a key that is over", holder: "expired", reasons: ["expired"], rule: "d4.7" },
  { name: "the code of a key that has not begun", holder: "future", reasons: ["not-yet-active"], rule: "d4.7" },
  { name: "a code inside its hours", holder: "always", reasons: null, rule: "d4.3" },
  { name: "a code outside its hours", holder: "never", reasons: ["outside-window"], rule: "d4.3" },
  { name: "the code of the other door", holder: "backOnly", reasons: ["wrong-door"], rule: "which reasons together" },
  { name: "a one-time code", holder: "once", reasons: null, rule: "d7.1" },
  { name: "the same one-time code again", holder: "once", reasons: ["used-up"], rule: "d7.1" },
  { name: "the master code", holder: "master", reasons: null, rule: "master code" },
  { name: "a right code at the end as at the beginning", holder: "desk", reasons: null, rule: "d4.2" },
];

const isAnswer = ({ event }: JournalRecord) => event === "granted" || event === "denied";

for (const { name, holder, reasons, rule } of entries) {
  test(`${name} ${reasons === null ? "moves the relay" : `leaves it: ${reasons.join(" ")}`} (${rule})`, async (t) => {
    const front = site.door("front");
    if (reasons === null) await front.locked();
    const told = site.records.length;
    t.equal(await front.enter(CODES[holder]), reasons === null ? 1 : 0);
    const record = await site.record("the answer", isAnswer, told);
    t.match(record, {
      event: reasons === null ? "granted" : "denied",
      key: holder === "wrong" || holder === "master" ? null : holder.toLowerCase(),
      door: "front",
      clock: "trusted",
    });
    t.same(record.reasons, reasons ?? []);
    t.equal(record.fingerprint !== null, holder === "wrong", "a fingerprint where there is no key to name");
  });
}

test("the code that is wrong at the front opens the door that it is for (d10)", async (t) => {
  t.equal(await site.door("back").enter(CODES.backOnly), 1);
  t.match(await site.record("at the back", (record) => isAnswer(record) && record.door === "back"), {
    event: "granted",
    key: "backonly",
  });
});

test("digits open nothing before they are sent off, `*` takes them back, and six are needed", async (t) => {
  const back = site.door("back");
  await back.locked();
  const [seen, told] = [back.events.length, site.records.length];
  await back.type(`${CODES.desk}*#`);
  t.equal(await back.enter(CODES.desk.slice(0, 5)), 0);
  t.match(await site.record("an entry of five digits", isAnswer, told), { reasons: ["wrong-length"], key: null });
  t.equal(back.releases(seen), 0);
  t.equal(await back.enter(CODES.desk), 1);
});

test("the authority holds the same records, in order, without gap", async (t) => {
  const [front, back] = [site.door("front"), site.door("back")];
  // A person goes through, so that what the contact tells is among the records.
  back.do("door open");
  await site.record("the back door opened", ({ event, door }) => event === "opened" && door === "back");
  back.do("door close");
  await site.record("the back door closed", ({ event, door }) => event === "closed" && door === "back");
  await Promise.all([front.locked(), back.locked()]);
  const granted = site.records.filter(({ event }) => event === "granted").length;
  const passed = () => site.records.filter(({ event }) => event === "taken" || event === "not-taken").length;
  await until("each grant has its end in the journal", () => passed() === granted);
  const collected = await site.collectedAll();
  t.same(collected, site.records);
  t.same(
    collected.map(({ seq }) => seq),
    collected.map((_, at) => at + 1),
  );
  t.equal(new Set(collected.map(({ epoch }) => epoch)).size, 1);
  t.ok(collected.length > 2 * entries.length);
});
