/** Who opens by code in which mode (domain-rules, "Modes and hours"), and keys that are switched off (d4.2). */
import { KINDS, MODES } from "@lintel/protocol/base/words.ts";
import { answerOf, ask, makeDoor, nextOf, withKey } from "@lintel/test/support/access.ts";
import { test } from "tap";

const OPENS: Record<string, readonly string[]> = {
  normal: ["staff", "resident", "tour", "guest"],
  tour: ["staff", "tour"],
  resident: ["staff", "resident", "guest"],
  privacy: [],
  vacation: [],
  lockdown: [],
};

for (const mode of MODES) {
  for (const kind of KINDS) {
    for (const role of ["user", "admin"] as const) {
      const opens = OPENS[mode]!.includes(kind);
      test(`mode ${mode}, a ${kind} key of role ${role}: ${opens ? "grant" : "mode-blocks"} (Modes and hours)`, (t) => {
        const keyset = withKey({ kind, role }, { doors: [makeDoor({ mode })] });
        t.equal(answerOf({ keyset }), opens ? "grant" : "mode-blocks");
        t.equal(nextOf({ keyset }) === null, !opens, "no waiting changes a mode");
        t.end();
      });
    }
  }
}

const switchedOff = [
  { name: "disabled", change: { enabled: false }, why: /disabled/ },
  { name: "with a field that is not enforced yet (design 5.2)", change: { withheld: ["duressPin"] }, why: /duressPin/ },
] as const;
for (const { name, change, why } of switchedOff) {
  test(`a key ${name} is denied as disabled`, (t) => {
    const keyset = withKey(change);
    t.equal(answerOf({ keyset }), "disabled");
    t.match(ask({ keyset }).rules[0], { rule: "enabled", ok: false, why });
    t.equal(nextOf({ keyset }), null);
    t.end();
  });
}

test("all that failed is named, in the order of d10 and once each", (t) => {
  const keyset = withKey(
    {
      enabled: false,
      validFrom: "2027-01-01T00:00:00",
      validUntil: "2026-01-01T00:00:00",
      restrictions: [
        { kind: "scheduled", schedules: [], windows: [{ days: 1, from: 0, length: 60 }] },
        { kind: "one-time" },
        { kind: "after-first-use", length: 60_000 as never },
      ],
    },
    {
      doors: [makeDoor({ mode: "privacy" })],
      holidays: [
        { id: "h", date: "2026-11-23", yearly: false, doors: ["front"], hours: "unchanged", access: "suspended" },
      ],
    },
  );
  const uses = { otpNextOf: () => 0, usesOf: () => ({ count: 1, doors: ["front"], firstAt: 0 as never }) };
  t.same(ask({ keyset, uses }).reasons, [
    "disabled",
    "not-yet-active",
    "expired",
    "outside-window",
    "holiday",
    "used-up",
    "mode-blocks",
  ]);
  t.same(
    ask({ keyset, uses }).rules.map(({ rule, ok }) => `${rule} ${ok}`),
    [
      "enabled false",
      "door true",
      "mode false",
      "from false",
      "until false",
      "window false",
      "holiday false",
      "uses false",
      "first-use false",
      "clock true",
    ],
  );
  t.end();
});
