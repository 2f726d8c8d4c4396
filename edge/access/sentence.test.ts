/** What a receptionist reads (row L2, issue "The decision, whole" 10). */
import { millis } from "@lintel/protocol/base/units.ts";
import {
  at,
  during,
  indexOf,
  makeDoor,
  makeHoliday,
  makeKeyset,
  sentenceOf,
  usedBy,
  withKey,
} from "@lintel/test/support/access.ts";
import { test } from "tap";

const WORKDAYS = { restrictions: [during("mon-fri 09:00-17:00")] };
const BACK = makeDoor({ id: "back", name: "Back door" });
const used = usedBy({ "k1/1": { count: 1, doors: ["front"], firstAt: at("2026-11-22T10:00:00-05:00") } });

const rows = [
  {
    question: { keyset: withKey(WORKDAYS), at: "2026-11-28T10:12:00-05:00" },
    said: "This key opens the front door Mon–Fri 09:00–17:00; it is Saturday; next: Monday 09:00.",
  },
  {
    question: { keyset: withKey(WORKDAYS), at: "2026-11-23T17:00:00-05:00" },
    said: "This key opens the front door Mon–Fri 09:00–17:00; it is Monday 17:00; next: Tuesday 09:00.",
  },
  {
    question: { keyset: withKey(WORKDAYS), at: "2026-11-23T08:30:00-05:00" },
    said: "This key opens the front door Mon–Fri 09:00–17:00; it is Monday 08:30; next: today 09:00.",
  },
  {
    question: { keyset: withKey(WORKDAYS), at: "2026-11-23T10:12:00-05:00" },
    said: "This key opens the front door Mon–Fri 09:00–17:00; it is Monday 10:12: it opens now.",
  },
  { question: {}, said: "This key opens the front door at all hours; it is Monday 10:00: it opens now." },
  {
    question: { keyset: withKey({ restrictions: [{ kind: "one-time" }] }), uses: used },
    said: "This key opens the front door at all hours, once; it is used up; it will not open unless something changes.",
  },
  {
    question: {
      keyset: withKey({ restrictions: [{ kind: "after-first-use", length: millis(1_800_000) }] }),
      uses: used,
    },
    said: "This key opens the front door at all hours, for 30 minutes from its first use; its time from the first use is over; it will not open unless something changes.",
  },
  {
    question: { keyset: withKey({ validFrom: "2026-12-01T14:00:00" }) },
    said: "This key opens the front door at all hours; it is in force only from 1 December 2026 14:00; next: Tuesday 1 December 2026 14:00.",
  },
  {
    question: { keyset: withKey({ validUntil: "2026-11-01T00:00:00" }) },
    said: "This key opens the front door at all hours; it was in force through 31 October 2026; it will not open unless something changes.",
  },
  {
    question: { keyset: withKey({ ...WORKDAYS, enabled: false }) },
    said: "This key opens the front door Mon–Fri 09:00–17:00; it is disabled; it will not open unless something changes.",
  },
  {
    question: { keyset: makeKeyset({ holidays: [makeHoliday({ date: "2026-11-23" })] }) },
    said: "This key opens the front door at all hours; a holiday suspends access today; next: Tuesday 00:00.",
  },
  {
    question: { keyset: makeKeyset({ doors: [makeDoor({ mode: "privacy" })] }) },
    said: "This key opens the front door at all hours; the door is in mode privacy; it will not open unless something changes.",
  },
  {
    question: { keyset: withKey(WORKDAYS), clock: "floor-only" },
    said: "This key opens the front door Mon–Fri 09:00–17:00; the door does not know what time it is; it will not open unless something changes.",
  },
  { question: { code: "nobody" }, said: "No key of the front door has this code." },
  {
    question: { keyset: withKey({ doors: ["back"] }, { doors: [makeDoor(), BACK] }) },
    said: "This key opens the back door, not the front door.",
  },
  {
    question: { keyset: makeKeyset({ codes: [{ index: indexOf("m"), kind: "master", door: "front" }] }), code: "m" },
    said: "This is the master code of the front door; it opens now.",
  },
  {
    question: {
      keyset: makeKeyset({
        doors: [makeDoor({ mode: "lockdown" })],
        codes: [{ index: indexOf("m"), kind: "master", door: "front" }],
      }),
      code: "m",
    },
    said: "This is the master code of the front door; the door is in mode lockdown.",
  },
  {
    question: { keyset: makeKeyset({ doors: [makeDoor({ name: "HQ Lobby 2" })] }) },
    said: "This key opens HQ Lobby 2 at all hours; it is Monday 10:00: it opens now.",
  },
] as const;
for (const { question, said } of rows) {
  test(`said to a receptionist: ${said}`, (t) => {
    t.equal(sentenceOf(question), said);
    t.end();
  });
}
