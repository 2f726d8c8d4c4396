/**
 * `lintel rehearse`: a site and a script, run in model time by the true edge and the true firmware, told as a
 * transcript (design 5.6).
 */
import { dirname, resolve } from "node:path";
import { sayTime } from "@lintel/edge/calendar/say.ts";
import { openZone, wallAt } from "@lintel/edge/calendar/zone.ts";
import { codesOf } from "@lintel/edge/site/site.ts";
import { FAULTS } from "@lintel/firmware-sim/rehearsal/faults/catalogue.ts";
import { Rehearsal, runScript } from "@lintel/firmware-sim/rehearsal/rehearsal.ts";
import { readScript } from "@lintel/firmware-sim/rehearsal/script.ts";
import { inOrder, lineOf, type TranscriptEvent } from "@lintel/firmware-sim/rehearsal/transcript.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { type Command, EXIT, readInstant, readOptions, wrongUse } from "../command.ts";
import { nodeEd25519 } from "../node-ed25519.ts";
import { sayFault } from "../say-fault.ts";
import { readText, requireSite } from "../site-file.ts";

const HELP = `lintel rehearse (--site FILE --script FILE [--seed N] [--no-skip] | --faults) [--json]

Runs a site in model time: the true edge and the true firmware, with nothing attached. The script is JSON Lines, each
with "at" and one thing that happens then; what the doors do is told as a story, or with --json as JSON Lines.

  --site FILE    the site file; codes that are 'kept' in it match nothing
  --script FILE  JSON Lines: {"at":INSTANT, …} with one of "press":"274936#","door":D · "rex":true,"door":D ·
                 "contact":"open"|"closed","door":D · "authority":"off"|"on" · "power":"off"|"on","unit":"edge"|
                 "controller","door":D · "clock":{"stepMs":N}|"unknown"|"trusted" · "mode":M,"door":D ·
                 "override":"unlock"|"lock"|"resume","until":INSTANT|"period-end","door":D · "apply":SITEFILE ·
                 "fire":true|false,"door":D · "tamper":true|false,"door":D · "end":true ·
                 "fault":NAME,"door":D, with what can be set of it, "for":"30s", or "off":true
  --seed N       of all randomness in it (1); the same site, script and seed print the same bytes
  --no-skip      does every poll; otherwise stretches in which provably nothing happens are left out
  --faults       lists the faults that a script can make, with what can be set of each
  --json         JSON Lines, instants in UTC

Exit: 0 the script ran, also with errors in the story; 2 a bad script (its line is named) or a faulty site file.
`;

export const command: Command = {
  words: "rehearse",
  summary: "a site and a script in model time: what the doors will do",
  help: HELP,
  async run(args, io) {
    const { values } = readOptions(args, {
      site: { type: "string" },
      script: { type: "string" },
      seed: { type: "string" },
      "no-skip": { type: "boolean" },
      faults: { type: "boolean" },
      json: { type: "boolean" },
    });
    if (values.faults) {
      for (const kind of FAULTS.values()) io.out(`${values.json ? JSON.stringify(kind) : sayFault(kind)}\n`);
      return EXIT.done;
    }
    if (values.site === undefined) throw wrongUse("which site file? --site FILE");
    if (values.script === undefined) throw wrongUse("which script? --script FILE");
    const seed = readSeed(values.seed ?? "1");
    const site = requireSite(values.site);
    const script = readText(values.script);
    if (!script.ok) throw wrongUse(`${values.script}: ${script.error}`);
    const steps = readScript(script.value, {
      doors: new Set(site.doors.map(({ id }) => id)),
      faults: FAULTS,
      instantOf: (text) => {
        const at = readInstant(text);
        return at === null ? null : instant(at);
      },
    });
    if (!steps.ok) {
      const { line, field, message } = steps.error;
      throw wrongUse(`${values.script}:${line}: ${field === "" ? "" : `${field}: `}${message}`);
    }
    for (const { id, code } of codesOf(site)) {
      if (code === "kept")
        io.err(`lintel rehearse: ${values.site}: warning: ${id} is kept: its code matches nothing here\n`);
    }
    const folder = dirname(resolve(values.script));
    const begin = steps.value[0]!.at;
    const rehearsal = new Rehearsal({
      site,
      seed,
      begin,
      skip: values["no-skip"] !== true,
      ed25519: nodeEd25519(),
      readFile: (path) => {
        const text = readText(resolve(folder, path));
        return text.ok ? { ok: true, text: text.value } : { ok: false, why: text.error };
      },
    });
    runScript(rehearsal, steps.value);
    const zones = new Map(site.doors.map(({ id, timezone }) => [id, timezone]));
    if (values.json)
      io.out(
        `${JSON.stringify({ event: "begin", at: new Date(begin).toISOString(), seed, tzdata: process.versions.tz ?? null })}\n`,
      );
    for (const event of inOrder(rehearsal.events)) {
      io.out(`${values.json ? lineOf(event) : storyLine(event, zones.get(event.door ?? "") ?? site.site.timezone)}\n`);
    }
    return EXIT.done;
  },
};

function readSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d{1,15}$/.test(text)) throw wrongUse(`--seed ${text}: expected a whole number`);
  return seed;
}

function storyLine({ at, door, event, key, reasons, detail }: TranscriptEvent, timezone: string): string {
  const zone = openZone(timezone);
  const wall = zone === null ? new Date(at).toISOString() : sayTime(wallAt(zone, at));
  const about = [
    key === undefined ? "" : `key ${key}`,
    ...(reasons ?? []),
    detail?.fault === undefined ? "" : `${detail.fault}${detail.on === false ? " is over" : ""}`,
    detail?.message === undefined ? "" : String(detail.message),
  ];
  return `${wall}  ${(door ?? "").padEnd(12)}  ${[event, ...about].filter((word) => word !== "").join(" ")}`;
}
