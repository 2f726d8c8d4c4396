/**
 * A live edge is recorded while things go wrong, and what the file replays to is what the edge told then: the same
 * records, in the same order, at the same times. Neither a digit of a code nor a key can be found in it.
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Vault } from "@lintel/edge/box/vault.ts";
import { readKeyFile } from "@lintel/edge/shell/key-file.ts";
import { openStore } from "@lintel/edge/shell/store.ts";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { type Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import t, { test } from "tap";
import { formsOfDigits, formsOfKey, found } from "../support/digits-search.rig.ts";
import { runLintel } from "../support/lintel-process.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

const site = new RunningSite(t);
const file = join(site.folder, "front.jsonl");
site.edgeArgs.push("--record", file);
const [front] = await Promise.all([site.addDoor("front", "b1"), site.addDoor("back", "b2")]);
const frontLine = site.line("b1");
await site.start(officeSite());

/** What the edge told, over all its lives, as a replay tells it. */
const TOLD = ["record", "strike", "hold", "link", "port", "authority", "keyset", "adopted", "pairing", "clock", "note"];

function told(): string[] {
  return site.edges
    .flatMap(({ lines }) => lines.filter(({ event }) => TOLD.includes(event)))
    .map((line) => JSON.stringify(line));
}

interface Replayed {
  readonly out: string;
  readonly told: readonly string[];
  readonly last: Readonly<Record<string, unknown>>;
  readonly code: number | null;
}

async function replay(path: string): Promise<Replayed> {
  const { out, code } = await runLintel(["replay", path, "--json"]);
  const lines = out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  return {
    out,
    code,
    told: lines.flatMap((line) => (line.told === undefined ? [] : [JSON.stringify(line.told)])),
    last: lines.at(-1),
  };
}

test("codes, a cable pulled within an entry, an edge that is killed, an authority that is gone", async (t) => {
  t.equal(await front.enter(CODES.desk), 1);
  t.equal(await front.enter(CODES.wrong), 0);
  t.equal(await front.enter(CODES.once), 1);
  t.equal(await front.enter(CODES.once), 0, "used up");

  await front.type(CODES.desk.slice(0, 3));
  const lines = site.edge.lines.length;
  frontLine.unplug();
  await site.edge.line("offline", (line) => line.event === "link" && line.online === false, { from: lines });
  await frontLine.plug();
  await site.online("front", lines);
  t.equal(await front.enter(CODES.desk.slice(3)), 0, "half a code");

  // What is on its way to the disk when a process is killed is lost, as the end of a recording may be.
  await until("all is written", () => readFileSync(file, "utf8").includes("wrong-length"));
  await site.edge.kill();
  const begun = await site.startEdge();
  await site.online("front");
  await begun.line("connected", ({ event, connected }) => event === "authority" && connected === true);
  t.equal(await front.enter(CODES.desk), 1, "the new life opens");
  await site.authority.kill();
  await begun.line("alone", ({ event, connected }) => event === "authority" && connected === false);
  t.equal(await front.enter(CODES.master), 1);
  begun.signal("SIGTERM");
  await begun.ended;
});

test("it is replayed to what the edge told, word for word, time for time", async (t) => {
  const { told: replayed, last, code } = await replay(file);
  t.match(last, { replay: "same", lives: 2, end: "closed" });
  t.equal(code, 0);
  const live = told();
  t.ok(live.length > 30, `${live.length} things were told`);
  t.same(replayed, live);
  const text = await runLintel(["replay", file]);
  t.match(text.out, /front denied: wrong-length/);
  t.match(text.out, /bus b1: port open/);
  t.match(text.out, /the same as recorded: \d+ outputs in \d+ turns\n$/);
});

test("no digit of a code and no key stands in it", (t) => {
  const bytes = readFileSync(file);
  for (const digits of Object.values(CODES)) t.same(found(formsOfDigits(digits), bytes), [], digits);
  const keys = [...site.doors].map(([, { scbk }]) => scbk.use((key) => key.slice()));
  const vault = readKeyFile(join(`${site.data}-keyvault`, "edge.json"));
  const store = openStore(join(site.data, "edge", "edge.db"));
  if (!vault.ok || !store.ok) throw new Error("the edge's own files can be read");
  const { adoption, keyset, scbks } = store.value.load();
  store.value.close();
  const longLived = Object.values(vault.value).map((key) => (key as Secret).use((secret) => secret.slice()));
  // Also not what would allow trying codes beside the key vault, nor what is sealed by it.
  const owner = new Vault(vault.value, (count) => new Uint8Array(count));
  t.ok(owner.adopt(adoption!).ok);
  const indexes = Object.values(CODES).map((digits) => owner.codeIndex(new SecretText(digits)));
  t.equal(
    indexes.filter((index) => Buffer.from(keyset!.bytes).includes(Buffer.from(index))).length,
    9,
    "they stand in the keyset",
  );
  const sealed = scbks.flatMap(({ scbk }) => (scbk === null ? [] : [scbk]));
  const password = owner.mqttPassword().use((text) => Buffer.from(text, "utf8"));
  for (const key of [...keys, ...longLived, ...indexes, ...sealed, password]) {
    t.same(found(formsOfKey(key), bytes), [], "a key");
  }
  const planted = Buffer.concat([bytes, Buffer.from(`"${CODES.desk}"`), Buffer.from(toHex(keys[0]!))]);
  t.same(found(formsOfDigits(CODES.desk), planted), ["text"], "it would be found");
  t.same(found(formsOfKey(keys[0]!), planted), ["hex"]);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.end();
});

test("cut off in the middle it is replayed to there; what is no recording is named by its line", async (t) => {
  const text = readFileSync(file, "utf8");
  const cut = join(site.folder, "cut.jsonl");
  writeFileSync(cut, text.slice(0, Math.floor(text.length * 0.3) + 17));
  const part = await replay(cut);
  t.match(part.last, { end: "cut", lives: 1 });
  t.ok(part.told.length > 5);
  t.same(part.told, told().slice(0, part.told.length));

  const lines = text.split("\n");
  const hostile: readonly (readonly [string, string, RegExp])[] = [
    ["nothing", "", /:1: there is no turn in it/],
    ["words", "hello\n", /:1: no JSON object/],
    ["another thing", '{"recording":"door","version":1}\n', /:1: a recording of 'door'/],
    ["another version", '{"recording":"edge","version":99,"buses":[]}\n', /:1: version 99/],
    ["a broken line amid it", [...lines.slice(0, 9), "{", ...lines.slice(9)].join("\n"), /:10: no JSON object/],
    ["a turn without a time", [...lines.slice(0, 2), '{"did":{"kind":"wake"}}'].join("\n"), /:3: t: expected/],
  ];
  for (const [what, content, sentence] of hostile) {
    const path = join(site.folder, "hostile.jsonl");
    writeFileSync(path, content);
    const { code, err } = await runLintel(["replay", path]);
    t.equal(code, 2, what);
    t.match(err, sentence, what);
  }
});

test("what comes out otherwise is shown at its line", async (t) => {
  const text = readFileSync(file, "utf8");
  const path = join(site.folder, "other.jsonl");
  writeFileSync(path, text.replace('"reasons":["used-up"]', '"reasons":["expired"]'));
  const { code, out } = await runLintel(["replay", path]);
  t.equal(code, 1);
  t.match(out, /other\.jsonl:\d+: comes out otherwise\n {2}recorded: .*expired.*\n {2}replayed: .*used-up/);
});
