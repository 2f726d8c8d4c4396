/** Interlock in the decision (d9.4, "Interlock and groups", "Which reasons together"). */
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import { attemptOf, indexOf, makeDoor, makeKey, makeKeyset, usedBy } from "@lintel/test/support/access.ts";
import { test } from "tap";
import { decide } from "./decide.ts";
import { holdKeyset } from "./hold.ts";
import { nextOpen } from "./next.ts";

const master: Keyset["codes"][number] = { index: indexOf("master"), kind: "master", door: "front" };
const pin: Keyset["codes"][number] = { index: indexOf("k1"), kind: "pin", key: "k1" };

const rows = [
  { name: "closed", interlock: ["back"], peersClosed: true, code: "k1", answer: "grant" },
  { name: "open", interlock: ["back"], peersClosed: false, code: "k1", answer: "interlock" },
  { name: "nobody looked", interlock: ["back"], peersClosed: undefined, code: "k1", answer: "interlock" },
  { name: "no peers, nobody looked", interlock: [], peersClosed: undefined, code: "k1", answer: "grant" },
  { name: "open, the master code", interlock: ["back"], peersClosed: false, code: "master", answer: "interlock" },
  { name: "closed, the master code", interlock: ["back"], peersClosed: true, code: "master", answer: "grant" },
  { name: "open, an unknown code", interlock: ["back"], peersClosed: false, code: "x", answer: "unknown-code" },
] as const;
for (const { name, interlock, peersClosed, code, answer } of rows) {
  test(`peers ${name}: ${answer} (d9.4)`, (t) => {
    const restrictions = [{ kind: "one-time" as const }];
    const keyset = makeKeyset({
      doors: [makeDoor({ interlock }), makeDoor({ id: "back" })],
      keys: [makeKey({ restrictions })],
      codes: [pin, master],
    });
    const attempt = { ...attemptOf({ code }), ...(peersClosed === undefined ? {} : { peersClosed }) };
    const held = holdKeyset(keyset);
    const { outcome, reasons, consumes, release, rules } = decide(held, attempt, usedBy({}));
    t.equal(outcome === "grant" ? "grant" : reasons.join(" "), answer);
    t.equal(consumes !== null, answer === "grant" && code === "k1", "what is refused uses nothing up");
    t.equal(release !== null, answer === "grant");
    t.ok(
      rules.every(({ ok }) => ok),
      "it is none of the ten rules",
    );
    t.equal(
      nextOpen(held, attempt, usedBy({})),
      code === "x" ? null : attempt.at,
      "and is not asked for the next opening",
    );
    t.end();
  });
}

test("with other reasons it stands last, for a master code too", (t) => {
  const keyset = makeKeyset({
    doors: [makeDoor({ interlock: ["back"], mode: "lockdown" }), makeDoor({ id: "back" })],
    keys: [makeKey({ enabled: false })],
    codes: [pin, master],
  });
  const reasons = (code: string) => decide(holdKeyset(keyset), attemptOf({ code }), usedBy({})).reasons;
  t.same(reasons("k1"), ["disabled", "mode-blocks", "interlock"]);
  t.same(reasons("master"), ["mode-blocks", "interlock"]);
  t.end();
});
