/**
 * `lintel rehearse`: a site and a script, run in model time by the true edge and the true firmware, told as a
 * transcript (design 5.6).
 */
import { dirname, resolve } from "node:path";
import { codesOf } from "@lintel/edge/site/site.ts";
import { FAULTS } from "@lintel/firmware-sim/rehearsal/faults/catalogue.ts";
import { LIMITS } from "@lintel/firmware-sim/rehearsal/limits.ts";
import { play } from "@lintel/firmware-sim/rehearsal/play.ts";
import { Rehearsal } from "@lintel/firmware-sim/rehearsal/rehearsal.ts";
import { inOrder, lineOf } from "@lintel/firmware-sim/rehearsal/transcript.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { type Command, EXIT, readInstant, readOptions, wrongUse } from "../command.ts";
import { nodeEd25519 } from "../node-ed25519.ts";
import { requireScript } from "../rehearse/script-file.ts";
import { story, summary } from "../rehearse/story.ts";
import { sayFault } from "../say-fault.ts";
import { readText, requireSite } from "../site-file.ts";

const HELP = `lintel rehearse (--site FILE --script FILE [--seed N] [--days N] [--no-skip] | --faults) [--json]

Runs a site in model time: the true edge and the true firmware, with nothing attached. The script is JSON Lines, each
with "at" and one thing that happens then, or YAML, in which steps come again; what the doors do is told as a story, or
with --json as JSON Lines.

  --site FILE    the site file; codes that are 'kept' in it match nothing
  --script FILE  JSON Lines: {"at":INSTANT, …} with one of "press":"274936#","door":D · "rex":true,"door":D ·
                 "contact":"open"|"closed","door":D · "authority":"off"|"on" · "power":"off"|"on","unit":"edge"|
                 "controller","door":D · "clock":{"stepMs":N}|"unknown"|"trusted" · "mode":M,"door":D ·
                 "override":"unlock"|"lock"|"resume","until":INSTANT|"period-end","door":D · "apply":SITEFILE ·
                 "fire":true|false,"door":D · "tamper":true|false,"door":D · "end":true ·
                 "fault":NAME,"door":D, with what can be set of it, "for":"30s", or "off":true
                 YAML: the same fields; "every: workday, time: '08:55', about: 5m" comes again (docs/rehearsal.md)
  --days N       it runs so many days from its first step, and not a minute behind its last
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
      days: { type: "string" },
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
    const { begin, end, steps } = requireScript({
      path: values.script,
      text: script.value,
      site,
      names: {
        doors: new Set(site.doors.map(({ id }) => id)),
        faults: FAULTS,
        instantOf: (text) => {
          const at = readInstant(text);
          return at === null ? null : instant(at);
        },
      },
      seed,
      days: values.days === undefined ? null : readDays(values.days),
    });
    for (const { id, code } of codesOf(site)) {
      if (code === "kept")
        io.err(`lintel rehearse: ${values.site}: warning: ${id} is kept: its code matches nothing here\n`);
    }
    const folder = dirname(resolve(values.script));
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
    for (const _ of play(rehearsal, { steps, end }));
    const events = inOrder(rehearsal.events);
    if (values.json) {
      const tzdata = process.versions.tz ?? null;
      io.out(`${JSON.stringify({ event: "begin", at: new Date(begin).toISOString(), seed, tzdata })}\n`);
      for (const event of events) io.out(`${lineOf(event)}\n`);
    } else {
      for (const line of story(events, site)) io.out(`${line}\n`);
      for (const line of summary(events, site, rehearsal.now)) io.out(`${line}\n`);
    }
    return EXIT.done;
  },
};

function readSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d{1,15}$/.test(text)) throw wrongUse(`--seed ${text}: expected a whole number`);
  return seed;
}

function readDays(text: string): number {
  const days = Number(text);
  if (/^\d{1,5}$/.test(text) && days >= 1 && days <= LIMITS.days) return days;
  throw wrongUse(`--days ${text}: expected a whole number from 1 to ${LIMITS.days}`);
}
