/**
 * One-time codes and a code for duress over real parts: processes, databases, a broker, a pseudo-terminal. A code opens
 * once, also when the edge is killed; who was forced to open is told to who asks for it, and to nobody else.
 */
import { shownBy } from "@lintel/edge/box/otp.ts";
import { utf8 } from "@lintel/protocol/base/bytes.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { reachAuthority } from "@lintel/scripts/reach-authority.ts";
import t, { test } from "tap";
import { lintel } from "../support/command-line.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";

const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/** RFC 4226, appendix D. */
const HOTP = ["755224", "287082", "359152", "969429"];
const DURESS = "360194";

const site = new RunningSite(t);
await Promise.all([site.addDoor("front", "b1"), site.addDoor("back", "b2")]);
const key = (id: string, rest: string) => `  - { id: ${id}, user: u1, doors: [front], restriction: none, ${rest} }`;
await site.start(
  officeSite({
    more: [
      key("token", `otp: { type: hotp, secret: ${SECRET}, slot: "42" }`),
      key("clock", `otp: { type: totp, secret: ${SECRET}, algorithm: SHA512, period: 600 }`),
      key("guard", `pin: "837264", duressPin: "${DURESS}"`),
    ],
  }),
);

const isAnswer = ({ event }: JournalRecord) => event === "granted" || event === "denied";

async function typed(code: string, door = site.door("front")): Promise<string> {
  await door.locked();
  const told = site.records.length;
  const releases = await door.enter(code);
  const { event, reasons, key } = await site.record("the answer", isAnswer, told);
  return [releases, event, ...reasons, key].join(" ");
}

test("a token in slot form opens by each of its codes once, in their order", async (t) => {
  t.equal(await typed(`42${HOTP[0]}`), "1 granted token");
  t.equal(await typed(`42${HOTP[0]}`), "0 denied unknown-code ");
  t.equal(await typed(`42${HOTP[2]}`), "1 granted token");
  t.equal(await typed(`42${HOTP[1]}`), "0 denied unknown-code ");
  t.equal(await typed(`43${HOTP[3]}`), "0 denied unknown-code ");
  t.equal(await typed(`42${HOTP[3]}`, site.door("back")), "0 denied wrong-length ");
});

test("a token that goes by the clock opens once in its step", async (t) => {
  const step = Math.floor(Date.now() / 600_000);
  const shown = shownBy(new Secret(utf8("12345678901234567890")), "SHA512", step);
  t.equal(await typed(shown), "1 granted clock");
  t.equal(await typed(shown), "0 denied unknown-code ");
});

test("what was typed stays typed when the edge is killed", async (t) => {
  await site.edge.kill();
  await site.startEdge();
  await site.online("front");
  t.equal(await typed(`42${HOTP[2]}`), "0 denied unknown-code ");
  t.equal(await typed(`42${HOTP[3]}`), "1 granted token");
});

test("whoever is forced to open types another code, and sees the same", async (t) => {
  t.equal(await typed("837264"), "1 granted guard");
  t.equal(await typed(DURESS), "1 granted guard");
  t.equal(await typed(CODES.desk), "1 granted desk");
  await site.collectedAll();
  const plain = await lintel(["log", "--data", site.data]);
  const open = await lintel(["log", "--data", site.data, "--json"]);
  t.equal(plain.exit, 0);
  t.notMatch(plain.out + open.out + plain.err, /duress|covert|forced by/i);
  const guards = plain.out.split("\n").filter((line) => line.includes("key guard") && line.includes("granted"));
  const [first, second] = guards.map((line) => line.slice(line.indexOf(" ")));
  t.equal(first, second, "but for their time the lines are one");

  const shown = await lintel(["log", "--data", site.data, "--duress", "--json"]);
  const rows = shown.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  t.same(
    rows.filter(({ duress }) => duress === true).map(({ record }) => [record.event, record.key]),
    [["granted", "guard"]],
  );
  t.ok(rows.every(({ record, duress }) => (record.event === "granted") === (typeof duress === "boolean")));
  const sentences = (await lintel(["log", "--data", site.data, "--duress"])).out;
  t.equal(sentences.split("\n").filter((line) => line.endsWith("UNDER DURESS")).length, 1);
  const { audit } = (await reachAuthority(site.data).ask("GET", "/audit")).json as { audit: { what: string }[] };
  t.equal(audit.filter(({ what }) => what === "duress-revealed").length, 2, "both showings are audited");
});

test("no process told of it: neither the edge nor the authority", (t) => {
  const told = [...site.edges, ...site.authorities].map(({ lines }) => JSON.stringify(lines)).join("\n");
  t.match(told, /"key":"guard"/);
  t.notMatch(told, /duress|covert/);
  t.notMatch(told, new RegExp([SECRET, ...HOTP, DURESS, "837264"].join("|")));
  t.end();
});
