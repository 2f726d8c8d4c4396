/** libosdp as the control panel, `lintel sim` as its device: what anybody's panel does with a Lintel Controller. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { CHLNG } from "@lintel/protocol/osdp/commands.ts";
import { PATIENCE, Peer, type Told } from "./peer.ts";
import type { Rows } from "./rows.ts";
import { Sim } from "./sim.ts";

const PEER = "libosdp as panel";
const ADDRESS = 5;
/** LED and output codes as libosdp passes them on: those of the standard. */
const ON_FOR = 5;
/** 02 4C 54: libosdp reads the three octets as a number, the first one lowest. */
const VENDOR = 0x544c02;
/** How long a panel with the wrong key may try, in ms. */
const TRIES = 4_000;

export interface Wanted {
  readonly python: string;
  readonly polls: number;
}

export async function libosdpPanel(rows: Rows, { python, polls }: Wanted): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lintel-interop-"));
  const [key, next] = [randomKey(), randomKey()];
  try {
    await installing(rows, { python, folder, key });
    const sim = await Sim.start("--address", String(ADDRESS), "--state", folder);
    const panel = new Panel(python, sim.path, key);
    try {
      await daily(rows, panel, sim, next);
      await rows.check(PEER, `${polls} polls without an error`, async () => {
        const seen = await sim.polled(polls, polls * 200);
        return `${seen} sealed polls answered, none repeated, none refused`;
      });
      await rows.check(PEER, "device lost and back", () => lostAndBack(panel, sim));
    } finally {
      await panel.end();
      await sim.end();
    }
    await refusals(rows, { python, folder, old: key, key: next });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The panel as a process; a command is over when libosdp says what became of it. */
class Panel {
  readonly peer: Peer;

  constructor(python: string, path: string, key: string, mode: "install" | "enforce" = "enforce") {
    this.peer = new Peer(python, "libosdp_cp.py", [path, String(ADDRESS), "9600", key, mode]);
  }

  secure(from = 0, patience = PATIENCE): Promise<Told> {
    return this.peer.sees(
      "a secure channel",
      ({ event, secure }) => event === "link" && secure === true,
      from,
      patience,
    );
  }

  /** Throws where the panel did not take the command, or its device refused it. */
  async gives(command: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
    const from = this.peer.told.length;
    this.peer.order(command, fields);
    const { ok } = await this.peer.sees(`${command} taken`, (told) => told.event === "submitted", from);
    if (ok !== true) throw new Error(`the panel itself did not take ${command}`);
    const { status } = await this.peer.sees(
      `an answer to ${command}`,
      (told) => told.event === "done" && told.command === command,
      from,
    );
    if (status !== 0) throw new Error(`${command} failed: libosdp says completion ${status}`);
  }

  end(): Promise<void> {
    return this.peer.end();
  }
}

/** A new device: the panel finds it in install mode, under the published key, and gives it one of its own. */
async function installing(rows: Rows, its: { python: string; folder: string; key: string }): Promise<void> {
  const sim = await Sim.start("--address", String(ADDRESS), "--state", its.folder, "--install");
  const panel = new Panel(its.python, sim.path, its.key, "install");
  try {
    await rows.need(PEER, "pairing: SCBK-D, KEYSET, then SCBK", async () => {
      await sim.sees("a session under SCBK-D", ({ event, key }) => event === "secure" && key === "scbk-d");
      await sim.sees("the key", ({ event }) => event === "keyed");
      await sim.sees("a session under SCBK", ({ event, key }) => event === "secure" && key === "scbk");
      await panel.secure();
      return "the device says which key each session has; the panel gave its own and came back with it";
    });
  } finally {
    await panel.end();
    await sim.end();
  }
}

/** Everything a panel does on a working day, each thing seen at the other side. Its last key is `next`. */
async function daily(rows: Rows, panel: Panel, sim: Sim, next: string): Promise<void> {
  const { peer } = panel;
  await rows.need(PEER, "a session under the stored SCBK, after a restart of both", async () => {
    await panel.secure();
    await sim.sees("a session under SCBK", ({ event, key }) => event === "secure" && key === "scbk");
    return "without KEYSET";
  });
  await rows.check(PEER, "ID", async () => {
    peer.order("identity");
    const { vendor_code, model, serial_number } = await peer.sees("who it is", ({ event }) => event === "identity");
    if (vendor_code !== VENDOR || serial_number !== ADDRESS + 1) throw new Error(`${vendor_code}, ${serial_number}`);
    return `vendor 024C54, model ${model}, serial ${serial_number}`;
  });
  await rows.check(PEER, "CAP", async () => {
    const asked = [1, 2, 4, 5, 9];
    const from = peer.told.length;
    for (const each of asked) peer.order("capability", { function: each });
    const said = await Promise.all(
      asked.map((each) => peer.sees(`capability ${each}`, (told) => told.function === each, from)),
    );
    if (said.some(({ compliance }) => compliance === 0)) throw new Error(JSON.stringify(said));
    return said.map((each) => `${each.function}: ${each.compliance}/${each.count}`).join(", ");
  });
  await rows.check(PEER, "key presses", async () => {
    const from = peer.told.length;
    const typed = "1234567890*#";
    sim.do(`press ${typed}`);
    const keys = () =>
      peer.told
        .slice(from)
        .filter(({ event }) => event === "keys")
        .map(({ data }) => String(data))
        .join("");
    const wanted = "313233343536373839307f0d";
    await peer.sees("twelve keys", () => keys().length >= wanted.length, from);
    if (keys() !== wanted) throw new Error(`typed ${typed}, heard ${keys()}`);
    return `all 12 keys in order, * as 7F, # as 0D`;
  });
  await rows.check(PEER, "OUT: on for 2 s", async () => {
    const from = sim.told.length;
    await panel.gives("out", { output_no: 0, control_code: ON_FOR, timer_count: 20 });
    const on = await sim.sees("the relay", (line) => line.event === "relay" && line.on === true, from);
    const off = await sim.sees("its end", (line) => line.event === "relay" && line.on === false, from);
    const lasted = off.t - on.t;
    if (on.for !== 2000 || lasted < 1900 || lasted > 2500) throw new Error(`${JSON.stringify(on)}, ${lasted} ms`);
    return `released for ${lasted} ms, ended by itself`;
  });
  await rows.check(PEER, "LED", async () => {
    const from = sim.told.length;
    const colours = { on_color: 2, off_color: 0, on_count: 5, off_count: 5 };
    await panel.gives("led", { reader: 0, led_number: 0, control_code: 1, temporary: false, ...colours });
    const blinking = await sim.sees("a green LED", (line) => line.event === "led" && line.colour === "green", from);
    if (blinking.on !== 500 || blinking.off !== 500) throw new Error(JSON.stringify(blinking));
    const shortly = { on_color: 1, off_color: 1, on_count: 10, off_count: 0, timer_count: 5 };
    await panel.gives("led", { reader: 0, led_number: 0, control_code: 2, temporary: true, ...shortly });
    const red = await sim.sees("a red LED", (line) => line.event === "led" && line.colour === "red", from);
    const back = await sim.sees(
      "green again",
      ({ event, colour, t }) => event === "led" && colour === "green" && t > red.t,
      from,
    );
    return `green blinking 500/500 ms; red for ${back.t - red.t} ms over it, then green again`;
  });
  await rows.check(PEER, "BUZ", async () => {
    const from = sim.told.length;
    await panel.gives("buz", { reader: 0, control_code: 2, on_count: 2, off_count: 1, rep_count: 3 });
    const sounds = () => sim.told.slice(from).filter(({ event, on }) => event === "buzzer" && on === true).length;
    await sim.sees("three tones", () => sounds() >= 3, from);
    await pass(500);
    if (sounds() !== 3) throw new Error(`${sounds()} tones`);
    return "three tones, then silence";
  });
  for (const { name, type, report } of [
    { name: "LSTAT", type: 2, report: "0000" },
    { name: "ISTAT", type: 0, report: "0000000000000000" },
    { name: "OSTAT", type: 1, report: "00000000" },
  ]) {
    await rows.check(PEER, name, async () => {
      const from = peer.told.length;
      await panel.gives("status", { type });
      const told = await peer.sees(name, (each) => each.event === "status" && each.type === type, from);
      if (told.report !== report) throw new Error(`${told.report}, expected ${report}`);
      return `${report.length / 2} states, all at rest`;
    });
  }
  await rows.check(PEER, "ISTATR by POLL: the leaf is forced and shut", async () => {
    const from = peer.told.length;
    sim.do("door force");
    const open = await peer.sees("an open contact", (told) => told.type === 0 && /01/.test(told.report), from);
    const later = peer.told.indexOf(open) + 1;
    sim.do("door close");
    await peer.sees("a closed contact", (told) => told.type === 0 && !/01/.test(told.report), later);
    return `inputs ${open.report}, then all at rest`;
  });
  await rows.check(PEER, "MFGREP by POLL: the exit button, in the ring of a Lintel Controller", async () => {
    const from = peer.told.length;
    sim.do("rex");
    const told = await peer.sees(
      "the ring",
      ({ event, vendor_code }) => event === "mfgrep" && vendor_code === VENDOR,
      from,
    );
    return `${told.data.length / 2} bytes of vendor 024C54, which another panel may leave alone`;
  });
  await rows.need(PEER, "KEYSET: another key in a session", async () => {
    const from = sim.told.length;
    await panel.gives("keyset", { type: 1, data: next });
    const keyed = await sim.sees("the key", ({ event }) => event === "keyed", from);
    const secure = ({ event, key, t }: Told) => event === "secure" && key === "scbk" && t > keyed.t;
    const { t } = await sim.sees("a session under the new key", secure, from);
    return `a session under it ${t - keyed.t} ms later`;
  });
  await rows.check(PEER, "LSTATR by POLL: the housing is opened and shut", async () => {
    const from = peer.told.length;
    sim.do("tamper on");
    const open = await peer.sees("tamper", (told) => told.type === 2 && told.report === "0100", from);
    sim.do("tamper off");
    await peer.sees("no tamper", (told) => told.type === 2 && told.report === "0000", peer.told.indexOf(open) + 1);
    return "tamper on, tamper off";
  });
}

async function lostAndBack(panel: Panel, sim: Sim): Promise<string> {
  const from = panel.peer.told.length;
  sim.do("power off");
  const lost = await panel.peer.sees("the loss", ({ event, online }) => event === "link" && !online, from);
  sim.do("power on");
  panel.peer.order("reconnect");
  await panel.secure(panel.peer.told.indexOf(lost) + 1);
  return "power off: the panel sees it offline; power on, and the panel told to try now: a new session";
}

/** What a panel must not get; and that it is the key alone that keeps it out. */
async function refusals(rows: Rows, its: { python: string; folder: string; old: string; key: string }): Promise<void> {
  const sim = await Sim.start("--address", String(ADDRESS), "--state", its.folder);
  const tries: readonly { name: string; key: string; mode: "install" | "enforce" }[] = [
    { name: "a wrong key is refused", key: randomKey(), mode: "enforce" },
    { name: "the key before the last KEYSET is refused", key: its.old, mode: "enforce" },
    { name: "SCBK-D is refused, once paired", key: randomKey(), mode: "install" },
  ];
  try {
    for (const { name, key, mode } of tries) {
      await rows.check(PEER, name, async () => {
        const handshakes = () => sim.tally.frames.filter(({ reply, code }) => !reply && code === CHLNG.code).length;
        const before = handshakes();
        const wrong = new Panel(its.python, sim.path, key, mode);
        await pass(TRIES);
        wrong.peer.order("out", { output_no: 0, control_code: ON_FOR, timer_count: 20 });
        await pass(500);
        await wrong.end();
        const secure = wrong.peer.told.some((told) => told.event === "link" && told.secure === true);
        const moved = sim.told.some(({ event, on }) => (event === "secure" || event === "relay") && on === true);
        if (secure || moved) throw new Error("a session stood, or the relay moved");
        if (handshakes() === before) throw new Error("the panel never tried");
        return `${handshakes() - before} CHLNG, no session; OUT did not move the relay`;
      });
    }
    await rows.check(PEER, "the right key is taken, on the same line afterwards", async () => {
      const right = new Panel(its.python, sim.path, its.key);
      await right.secure().finally(() => right.end());
      return "a session: the refusals were the key's";
    });
  } finally {
    await sim.end();
  }
}

function randomKey(): string {
  return randomBytes(16).toString("hex");
}
