/**
 * Codes and keys are planted and used, right ones and wrong ones; then every place that outlives a key press or leaves
 * a process is searched for them: logs, topics and payloads, records, answers, and what lies on the disks.
 */
import { createHash, createHmac } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Vault } from "@lintel/edge/box/vault.ts";
import { readKeyFile } from "@lintel/edge/shell/key-file.ts";
import { openStore } from "@lintel/edge/shell/store.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import t, { test } from "tap";
import { formsOfDigits, formsOfKey, found } from "../support/digits-search.rig.ts";
import { runLintel } from "../support/lintel-process.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { TcpTap } from "../support/tcp-tap.rig.ts";

const tap = new TcpTap();
t.teardown(() => tap.close());
await tap.listen();
const site = new RunningSite(t);
const [front, back] = await Promise.all([site.addDoor("front", "b1"), site.addDoor("back", "b2")]);
const SITE = officeSite();
await site.start(SITE, (token) => tap.through(token));

const answers: Buffer[] = [];

/** Every file under a folder, or the file itself. */
function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesIn(join(path, name)));
}

function bytesIn(path: string): Buffer {
  return Buffer.concat(
    filesIn(path).flatMap((file) => (statSync(file).isFile() ? [Buffer.from(`\n${file}\n`), readFileSync(file)] : [])),
  );
}

async function ask(path: string, how: RequestInit = {}): Promise<void> {
  const { http, token } = JSON.parse(readFileSync(join(site.data, "authority", "process.json"), "utf8"));
  const answer = await fetch(`${http}${path}`, {
    ...how,
    headers: { authorization: `Bearer ${token}`, ...how.headers },
  });
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}\n`).join("");
  answers.push(Buffer.from(`${answer.status}\n${headers}`), Buffer.from(await answer.arrayBuffer()));
}

test("codes are typed, right and wrong, and everybody is asked for everything", async (t) => {
  const typed = Object.values(CODES);
  const atFront = typed.slice(0, 6);
  const atBack = typed.slice(6);
  const enter = async (door: typeof front, codes: readonly string[]) => {
    for (const code of codes) await door.enter(code);
  };
  await Promise.all([enter(front, atFront), enter(back, atBack)]);
  t.ok(site.records.filter(({ event }) => event === "granted").length >= 3);
  t.ok(site.records.filter(({ event }) => event === "denied").length >= 5);
  await site.collectedAll();
  await ask("/api/v1/site");
  await ask("/api/v1/records");
  await ask("/api/v1/edges");
  await ask("/api/v1/audit");
  await ask("/api/v1/alarms");
  await ask("/api/v1/nothing");
  const yaml = { "content-type": "application/yaml" };
  await ask("/api/v1/site/diff", { method: "POST", body: SITE.replace(CODES.desk, "205816"), headers: yaml });
  // A code that two keys have is refused, and the refusal does not say which code it is.
  await ask("/api/v1/site", { method: "PUT", body: SITE.replaceAll(CODES.always, CODES.desk), headers: yaml });
  t.equal(answers.length, 16);
  const commands = [["log"], ["site", "export"], ["explain", "--help"]];
  for (const ran of await Promise.all(commands.map((words) => runLintel([...words, "--data", site.data])))) {
    answers.push(Buffer.from(ran.out + ran.err));
  }
  answers.push(Buffer.from(JSON.stringify(await site.ask("status"))));
});

/** Looked at while both processes run, and again when they have ended. */
function places(): Readonly<Record<string, Buffer>> {
  return {
    "the edge's folder": bytesIn(join(site.data, "edge")),
    "the authority's folder": bytesIn(join(site.data, "authority")),
    "the key vaults": bytesIn(`${site.data}-keyvault`),
    "what the edge printed": Buffer.concat(site.edge.printed),
    "what the authority printed": Buffer.concat(site.authority.printed),
    "all that passed between edge and broker": Buffer.concat(tap.kept),
    "answers of HTTP, commands and the control socket": Buffer.concat(answers),
  };
}

/** What must stand in each place, so that an empty search is none. */
const WITNESS: Readonly<Record<string, string>> = {
  "the edge's folder": "granted",
  "the authority's folder": "granted",
  "the key vaults": "lintel edge vault",
  "what the edge printed": '"denied"',
  "what the authority printed": '"collected"',
  "all that passed between edge and broker": "unknown-code",
  "answers of HTTP, commands and the control socket": "pin: kept",
};

for (const when of ["while both run", "after both were ended"]) {
  test(`no digits of a code and no SCBK stand anywhere, ${when}`, async (t) => {
    if (when === "after both were ended") {
      for (const part of [site.edge, site.authority]) part.signal("SIGTERM");
      await Promise.all([site.edge.ended, site.authority.ended]);
    }
    for (const [place, bytes] of Object.entries(places())) {
      t.ok(bytes.includes(WITNESS[place]!), `${place}: ${bytes.length} bytes`);
      for (const [holder, digits] of Object.entries(CODES)) {
        t.same(found(formsOfDigits(digits), bytes), [], `${place}: ${holder}`);
      }
      for (const { scbk } of [front, back]) {
        t.same(
          scbk.use((key) => found(formsOfKey(key), bytes)),
          [],
          `${place}: an SCBK`,
        );
      }
    }
  });
}

test("its twin: in a file that holds them, each is found", (t) => {
  const file = Buffer.from(SITE);
  for (const [holder, digits] of Object.entries(CODES)) {
    t.same(found(formsOfDigits(digits), file), holder === "wrong" ? [] : ["text"], holder);
  }
  const key = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
  const hidden = Buffer.from(JSON.stringify({ a: key.toString("hex"), b: key.toString("base64url") }));
  t.ok(found(formsOfKey(key), hidden).includes("hex"));
  t.ok(found(formsOfKey(key), hidden).some((name) => name.startsWith("base64")));
  const digits = Buffer.from(JSON.stringify({ base64: Buffer.from(`x${CODES.desk}`).toString("base64") }));
  t.match(found(formsOfDigits(CODES.desk), digits), [/^base64/]);
  t.end();
});

test("who has the edge's database and not its key vault cannot try codes on it", (t) => {
  const database = bytesIn(join(site.data, "edge"));
  const store = openStore(join(site.data, "edge", "edge.db"));
  if (!store.ok) throw new Error(JSON.stringify(store.error));
  const { adoption, keyset, epoch } = store.value.load();
  store.value.close();
  // Everything in the database that somebody could take for a key.
  const guesses = ["", "hq", "e1", "lintel code index v1", "lintel code index v1hqe1", epoch, keyset!.digest];
  const publicKeys = [adoption!.rootKey, adoption!.agreement];
  const keys = [...guesses.map((text) => Buffer.from(text)), ...publicKeys.map((bytes) => Buffer.from(bytes))];
  const forms = (digits: string) => [
    Buffer.from(digits),
    Buffer.from([6, ...Buffer.from(digits)]),
    Buffer.from(`6${digits}`),
  ];
  const matches: string[] = [];
  let tried = 0;
  for (const [holder, digits] of Object.entries(CODES)) {
    for (const form of forms(digits)) {
      const hashes = ["md5", "sha1", "sha256", "sha512"].map((name) => createHash(name).update(form).digest());
      const macs = keys.map((key) => createHmac("sha256", key).update(form).digest());
      for (const index of [...hashes, ...macs]) {
        tried += 1;
        // An entry is the first 16 bytes; half of them cannot stand there by chance.
        if (database.includes(index.subarray(0, 8))) matches.push(holder);
      }
    }
  }
  t.same(matches, []);
  t.ok(tried > 300);

  const vault = readKeyFile(join(`${site.data}-keyvault`, "edge.json"));
  if (!vault.ok) throw new Error(vault.error.kind);
  const owner = new Vault(vault.value, (count) => new Uint8Array(count));
  t.ok(owner.adopt(adoption!).ok);
  const stands = Object.entries(CODES).map(
    ([holder, digits]) =>
      [holder, database.includes(Buffer.from(owner.codeIndex(new SecretText(digits)).subarray(0, 8)))] as const,
  );
  t.same(
    stands.filter(([, found]) => !found).map(([holder]) => holder),
    ["wrong"],
    "its twin: with the key vault each code that somebody has is found, as SECURITY.md says",
  );
  t.end();
});
