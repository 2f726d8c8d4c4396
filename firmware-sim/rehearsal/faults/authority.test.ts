/** An authority put back from an old backup, through the whole loop: what was revoked stays revoked (goal 1). */
import t, { test } from "tap";
import { rehearse, rehearsed, SITE, told } from "./faults.rig.ts";

// Model time costs real work: on a busy machine a file takes longer than the usual 30 s.
t.setTimeout(240_000);

const FILES = { "revoked.yaml": SITE.replace("none, pin", "none, enabled: false, pin"), "all.yaml": SITE };
const WORDS = ["fault", "granted", "denied", "error", "keyset-applied"];

test("a revocation that is applied after an old backup was put back reaches the door", (t) => {
  const events = rehearse(
    [
      { at: "10:00:00", apply: "revoked.yaml" },
      { at: "10:00:30", apply: "all.yaml" },
      { at: "10:01:00", fault: "authority-restored" },
      { at: "10:01:30", press: "274936#", door: "front" },
      { at: "10:02:00", apply: "revoked.yaml" },
      { at: "10:02:30", press: "274936#", door: "front" },
    ],
    { files: FILES },
  );
  t.same(told(events, WORDS), [
    "10:00:00 - keyset-applied",
    "10:00:30 - keyset-applied",
    "10:01:00 - fault",
    "10:01:31 front granted",
    "10:02:00 - keyset-applied",
    "10:02:31 front denied disabled",
  ]);
  t.end();
});

test("what was revoked stays revoked where the backup is from before", (t) => {
  const events = rehearse(
    [
      { at: "10:00:00", apply: "revoked.yaml" },
      { at: "10:01:00", fault: "authority-restored" },
      { at: "10:01:30", press: "274936#", door: "front" },
      { at: "10:02:00", apply: "revoked.yaml" },
      { at: "10:02:30", press: "274936#", door: "front" },
      { at: "10:03:00", apply: "all.yaml" },
      { at: "10:03:30", press: "274936#", door: "front" },
    ],
    { files: FILES },
  );
  t.same(told(events, WORDS), [
    "10:00:00 - keyset-applied",
    "10:01:00 - fault",
    "10:01:31 front denied disabled",
    "10:02:00 - keyset-applied",
    "10:02:31 front denied disabled",
    "10:03:00 - keyset-applied",
    "10:03:31 front granted",
  ]);
  t.end();
});

test("records that the authority forgot are sent again, also where nothing new happens at a door", (t) => {
  const rehearsal = rehearsed([
    { at: "10:00:00", press: "274936#", door: "front" },
    { at: "10:01:00", fault: "authority-restored" },
    { at: "10:01:30", end: true },
  ]);
  const records = rehearsal.authority.records(0, 1_000).map(({ record }) => record);
  t.same(
    records.map(({ seq }) => seq),
    records.map((_, at) => at + 1),
    "none is missing, none is twice",
  );
  t.same(
    records.filter(({ event }) => event === "granted").map(({ door }) => door),
    ["front"],
  );
  t.end();
});
