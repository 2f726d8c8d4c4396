/** `lintel door mode|override|release`: what they ask of the authority, and each of its answers as sentence and exit code. */
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { MODES } from "@lintel/protocol/base/words.ts";
import { ACT_REFUSALS } from "@lintel/protocol/mqtt/command.ts";
import { lintel } from "@lintel/test/support/command-line.ts";
import t, { test } from "tap";

interface Answer {
  readonly status: number;
  readonly json: object;
}
const DONE: Answer = { status: 200, json: { outcome: "done", door: "front", edge: "e1" } };

let answer: Answer = DONE;
let asked: { readonly path: string; readonly body: unknown; readonly type: string | undefined }[] = [];
const server = createServer(async (request: IncomingMessage, response) => {
  asked.push({
    path: `${request.method} ${request.url}`,
    body: JSON.parse(await text(request)),
    type: request.headers["content-type"],
  });
  response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.json));
});
await once(server.listen(0, "127.0.0.1"), "listening");

const data = mkdtempSync(join(tmpdir(), "lintel-door-"));
mkdirSync(join(data, "authority"));
const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
writeFileSync(join(data, "authority", "process.json"), JSON.stringify({ pid: process.pid, http, token: "x" }));
t.teardown(() => {
  server.close();
  rmSync(data, { recursive: true, force: true });
});

async function door(args: readonly string[], given: Answer = DONE) {
  answer = given;
  asked = [];
  return lintel(["door", ...args, "--data", data]);
}

const END = "2026-12-05T18:00:00-05:00";
const done: readonly { args: readonly string[]; path: string; body: object; says: string }[] = [
  ...MODES.map((mode) => ({ args: ["mode", "front", mode], path: "mode", body: { mode }, says: `mode ${mode}` })),
  {
    args: ["override", "front", "unlock"],
    path: "override",
    body: { state: "unlock", until: null },
    says: "override unlock",
  },
  {
    args: ["override", "front", "unlock", "--until", END],
    path: "override",
    body: { state: "unlock", until: END },
    says: `override unlock until ${END}`,
  },
  {
    args: ["override", "front", "lock", "--until", "period-end"],
    path: "override",
    body: { state: "lock", until: "period-end" },
    says: "override lock until period-end",
  },
  {
    args: ["override", "front", "resume"],
    path: "override",
    body: { state: "resume", until: null },
    says: "override resume",
  },
  { args: ["release", "front"], path: "release", body: {}, says: "its keypad is released" },
];
for (const { args, path, body, says } of done) {
  test(`lintel door ${args.join(" ")}: asked once, and exit 0 when the edge executed it (design 5.1)`, async (t) => {
    t.same(await door(args), { exit: 0, out: `front: ${says}\n`, err: "" });
    t.same(asked, [{ path: `POST /api/v1/doors/front/${path}`, body, type: "application/json" }]);
    t.same(await door([...args, "--json"]), { exit: 0, out: '{"door":"front","outcome":"done"}\n', err: "" });
  });
}

const wrong: readonly { args: readonly string[]; says: RegExp }[] = [
  { args: ["mode"], says: /which door\?/ },
  { args: ["mode", "Front", "normal"], says: /'Front' is no id of a door/ },
  { args: ["mode", "front"], says: /which mode\? one of normal, tour, resident, privacy, vacation, lockdown$/m },
  { args: ["mode", "front", "open"], says: /'open' is no mode: one of normal, .*lockdown$/m },
  { args: ["mode", "front", "Lockdown"], says: /'Lockdown' is no mode/ },
  { args: ["mode", "front", "normal", "now"], says: /unexpected argument 'now'/ },
  { args: ["mode", "front", "normal", "--until", END], says: /--until/ },
  { args: ["override", "front"], says: /what shall it do\? one of unlock, lock, resume/ },
  { args: ["override", "front", "open"], says: /'open' is none: one of unlock, lock, resume/ },
  { args: ["override", "front", "lock", "--until", "18:00"], says: /--until 18:00: expected RFC 3339 .*period-end/ },
  { args: ["override", "front", "lock", "--until", "2026-12-05T18:00:00"], says: /offset/ },
  { args: ["override", "front", "lock", "--until", "2026-02-30T18:00:00Z"], says: /expected/ },
  { args: ["override", "front", "resume", "--until", END], says: /resume has no end/ },
  { args: ["override", "front", "resume", "--until", "period-end"], says: /resume has no end/ },
  { args: ["release"], says: /which door\?/ },
  { args: ["release", "front", "back"], says: /unexpected argument 'back'/ },
];
for (const { args, says } of wrong) {
  test(`lintel door ${args.join(" ")}: wrong use, exit 2, and nobody is asked`, async (t) => {
    const { exit, out, err } = await door(args);
    t.same([exit, out, asked], [2, "", []]);
    t.match(err, says);
    t.equal(err.trimEnd().split("\n").length, 1);
  });
}

const refusals: readonly { why: string; says: RegExp }[] = [
  { why: "unknown-door", says: /e1 has no such door yet/ },
  { why: "wrong-end", says: /at most 7 days/ },
  { why: "clock-unknown", says: /e1 does not know the time/ },
  { why: "stale", says: /newer command, or this one reached it after its end/ },
  { why: "hardware-fault", says: /cannot write it down/ },
  { why: "too-cold", says: /e1 answered too-cold/ },
];
for (const { why, says } of refusals) {
  test(`refused by the edge, ${why}: exit 4 and its sentence`, async (t) => {
    const given = { status: 409, json: { type: "/problems/refused", refused: why, door: "front", edge: "e1" } };
    const { exit, out, err } = await door(["mode", "front", "normal"], given);
    t.same([exit, out], [4, ""]);
    t.match(err, /^lintel door mode: front: refused: [^\n]*\n$/);
    t.match(err, says);
    const json = await door(["mode", "front", "normal", "--json"], given);
    t.match(json, { exit: 4, out: `{"door":"front","outcome":"refused","why":"${why}"}\n` });
  });
}

test("every word of the edge has its sentence", (t) => {
  t.same(
    ACT_REFUSALS.filter((word) => !refusals.some(({ why }) => why === word)),
    [],
  );
  t.end();
});

const others: readonly { name: string; given: Answer; exit: number; says: RegExp; json: string }[] = [
  {
    name: "no answer",
    given: { status: 504, json: { type: "/problems/no-answer", door: "front", edge: "e1" } },
    exit: 3,
    says: /front: no answer from its edge e1 within 10 s; whether it was done is not known/,
    json: '{"door":"front","outcome":"no-answer"}\n',
  },
  {
    name: "an edge that was never adopted",
    given: { status: 504, json: { type: "/problems/not-adopted", door: "front", edge: "e1" } },
    exit: 3,
    says: /never adopted.*lintel edge token e1/,
    json: '{"door":"front","outcome":"no-answer"}\n',
  },
  {
    name: "a door that the site does not have",
    given: {
      status: 404,
      json: { type: "/problems/unknown-door", title: "The site has no door front", detail: "the site has back" },
    },
    exit: 2,
    says: /The site has no door front; the site has back/,
    json: "",
  },
  {
    name: "too many at once",
    given: { status: 503, json: { title: "Too many commands wait for their answer" } },
    exit: 3,
    says: /Too many/,
    json: "",
  },
];
for (const { name, given, exit, says, json } of others) {
  test(`${name}: exit ${exit}`, async (t) => {
    const ran = await door(["release", "front"], given);
    t.same([ran.exit, ran.out], [exit, ""]);
    t.match(ran.err, says);
    t.match(await door(["release", "front", "--json"], given), { exit, out: json });
  });
}

for (const words of ["mode", "override", "release"]) {
  test(`lintel door ${words} --help says all of it; without an authority: exit 3`, async (t) => {
    const help = await lintel(["door", words, "--help"]);
    t.match(help, { exit: 0, err: "", out: /--data DIR.*--json.*Exit: 0 the edge executed it/s });
    const args = { mode: ["normal"], override: ["lock"], release: [] }[words]!;
    const alone = await lintel(["door", words, "front", ...args, "--data", join(data, "elsewhere")]);
    t.match(alone, { exit: 3, out: "", err: /no authority runs on/ });
  });
}
