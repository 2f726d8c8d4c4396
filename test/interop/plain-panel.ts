/**
 * osdp-python as the control panel, `lintel sim` as its device: another family (after OSDP.Net) than libosdp, which speaks
 * in clear unless told otherwise.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { CHLNG } from "@lintel/protocol/osdp/commands.ts";
import type { Wanted } from "./libosdp-panel.ts";
import { Peer, type Told } from "./peer.ts";
import type { Rows } from "./rows.ts";
import { Sim } from "./sim.ts";

const PEER = "osdp-python as panel";
const ADDRESS = 6;
const ON_FOR = 5;
/** The keys of a keypad as they are on the wire. */
const TYPED = { text: "12*#", wire: "31327f0d" } as const;

class Panel {
  readonly peer: Peer;

  constructor(python: string, sim: Sim, ...mode: readonly string[]) {
    this.peer = new Peer(python, "osdp_cp.py", [sim.path, String(ADDRESS), ...mode]);
  }

  async asks(what: string, fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const from = this.peer.told.length;
    this.peer.order(what, fields);
    const answer = await this.peer.sees(
      `an answer to ${what}`,
      ({ event, to }) => event === "answer" && to === what,
      from,
    );
    if (answer.error !== undefined) throw new Error(`${what}: ${answer.error}`);
    return String(answer.said);
  }
}

export async function plainPanel(rows: Rows, { python, polls }: Wanted): Promise<void> {
  await inClear(rows, { python, polls });
  await sealed(rows, { python, polls });
}

async function inClear(rows: Rows, { python, polls }: Wanted): Promise<void> {
  const sim = await Sim.start("--address", String(ADDRESS), "--clear");
  const panel = new Panel(python, sim, "clear");
  try {
    await rows.need(PEER, "in clear (sim --clear): it is polled", async () => {
      await sim.polled(5, 10_000);
      return "5 polls answered";
    });
    await daily(rows, panel, sim, "in clear");
    await rows.check(PEER, "in clear: an LED for good is refused", async () => {
      const said = await panel.asks("led-permanent");
      if (said !== "False") throw new Error(said);
      return "its code for that is 2, the standard's is 1: NAK";
    });
    await rows.check(PEER, `in clear: ${polls} polls without an error`, async () => {
      return `${await sim.polled(polls, polls * 300)} polls answered, none repeated, none refused`;
    });
  } finally {
    await panel.peer.end();
    await sim.end();
  }
}

async function sealed(rows: Rows, { python, polls }: Wanted): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lintel-interop-"));
  const master = randomBytes(16).toString("hex");
  try {
    await pairing(rows, { python, folder, master });
    const sim = await Sim.start("--address", String(ADDRESS), "--state", folder);
    const panel = new Panel(python, sim, "amended", master, "keyed");
    try {
      await rows.need(PEER, "a session under its SCBK, once it asks for it", async () => {
        await sim.sees("a session", ({ event, key }) => event === "secure" && key === "scbk");
        return "the key that it made from its master key and our cUID";
      });
      await daily(rows, panel, sim, "sealed");
      await rows.check(PEER, `sealed: ${polls} polls without an error`, async () => {
        return `${await sim.polled(polls, polls * 300)} polls answered, none repeated, none refused`;
      });
    } finally {
      await panel.peer.end();
      await sim.end();
    }
    await rows.check(PEER, "another master key is refused", () => wrongMaster(python, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** It asks for SCBK-D and gives a key; and goes on asking for SCBK-D, which a keyed Controller does not have. */
async function pairing(rows: Rows, its: { python: string; folder: string; master: string }): Promise<void> {
  const sim = await Sim.start("--address", String(ADDRESS), "--state", its.folder, "--install");
  const panel = new Panel(its.python, sim, "as-is", its.master);
  try {
    await rows.need(PEER, "pairing: SCBK-D, then KEYSET", async () => {
      await sim.sees("a session under SCBK-D", ({ event, key }) => event === "secure" && key === "scbk-d");
      await sim.sees("the key", ({ event }) => event === "keyed");
      return "it gave a key of its own making";
    });
    await rows.check(PEER, "afterwards it asks for SCBK-D again, and is refused", async () => {
      const before = sim.tally.frames.length;
      await pass(3_000);
      const asked = sim.tally.frames.slice(before).filter(({ reply, code }) => !reply && code === CHLNG.code);
      if (asked.length === 0 || asked.some(({ scb }) => scb?.data[0] !== 0)) throw new Error(`${asked.length} CHLNG`);
      if (sim.told.filter(({ event, on }) => event === "secure" && on === true).length !== 1)
        throw new Error("another session stood");
      return `${asked.length} CHLNG for SCBK-D, no session`;
    });
  } finally {
    await panel.peer.end();
    await sim.end();
  }
}

async function daily(rows: Rows, panel: Panel, sim: Sim, way: string): Promise<void> {
  for (const what of ["id", "cap", "lstat", "istat", "ostat"]) {
    await rows.check(PEER, `${way}: ${what.toUpperCase()}`, async () =>
      (await panel.asks(what)).replace(/\s+/g, " ").trim(),
    );
  }
  await rows.check(PEER, `${way}: key presses`, async () => {
    const from = panel.peer.told.length;
    sim.do(`press ${TYPED.text}`);
    const keypad = ({ event, kind }: Told) => event === "reply" && kind === "KeypadData";
    // Reader, count, keys.
    const keys = () =>
      panel.peer.told
        .slice(from)
        .filter(keypad)
        .map(({ data }) => String(data).slice(4))
        .join("");
    await panel.peer.sees("the keys", () => keys().length >= TYPED.wire.length, from);
    if (keys() !== TYPED.wire) throw new Error(`typed ${TYPED.text}, heard ${keys()}`);
    return `${TYPED.text} as ${TYPED.wire}`;
  });
  await rows.check(PEER, `${way}: OUT on for 1 s`, async () => {
    const from = sim.told.length;
    const said = await panel.asks("out", { control: ON_FOR, timer: 10 });
    if (said !== "True") throw new Error(said);
    const on = await sim.sees("the relay", (line) => line.event === "relay" && line.on === true, from);
    const off = await sim.sees("its end", (line) => line.event === "relay" && line.on === false, from);
    return `released for ${off.t - on.t} ms`;
  });
  await rows.check(PEER, `${way}: OUT without an end is refused, and the link stays`, async () => {
    const from = sim.told.length;
    if ((await panel.asks("out", { control: 2, timer: 0 })) !== "False") throw new Error("it was taken");
    await panel.asks("lstat");
    const moved = sim.told
      .slice(from)
      .some(({ event }) => event === "relay" || event === "offline" || event === "secure");
    if (moved) throw new Error("the relay moved, or the link ended");
    return "NAK; the next command is answered";
  });
  await rows.check(PEER, `${way}: LED for a time`, async () => {
    const from = sim.told.length;
    if ((await panel.asks("led")) !== "True") throw new Error("refused");
    await sim.sees("a red LED", (line) => line.event === "led" && line.colour === "red", from);
    return "red, then as before";
  });
  await rows.check(PEER, `${way}: BUZ`, async () => {
    const from = sim.told.length;
    const said = await panel.asks("buz");
    if (said !== "Ack") throw new Error(said);
    const sounds = () => sim.told.slice(from).filter(({ event, on }) => event === "buzzer" && on === true).length;
    await sim.sees("three tones", () => sounds() === 3, from);
    return "three tones";
  });
}

async function wrongMaster(python: string, folder: string): Promise<string> {
  const sim = await Sim.start("--address", String(ADDRESS), "--state", folder);
  const panel = new Panel(python, sim, "amended", randomBytes(16).toString("hex"), "keyed");
  try {
    await pass(4_000);
    const tries = sim.tally.frames.filter(({ reply, code }) => !reply && code === CHLNG.code).length;
    if (sim.told.some(({ event, on }) => event === "secure" && on === true)) throw new Error("a session stood");
    if (tries === 0) throw new Error("the panel never tried");
    return `${tries} CHLNG, no session`;
  } finally {
    await panel.peer.end();
    await sim.end();
  }
}
