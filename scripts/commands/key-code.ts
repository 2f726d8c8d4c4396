/** `lintel key code`: a code that nobody has, for a new key (design 5.1). Changes nothing, and shows the code once. */
import { randomBytes } from "node:crypto";
import { CODE_PROFILES, type CodeProfile, drawCode, freeCodes, type NoCode } from "@lintel/edge/site/free-code.ts";
import { codesOf, type Site } from "@lintel/edge/site/site.ts";
import { countOf } from "@lintel/edge/site/values.ts";
import { unreachable } from "@lintel/protocol/base/invariant.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { type Command, CommandFailed, EXIT, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import { requireSite } from "../site-file.ts";

const HELP = `lintel key code --site FILE --door DOOR [--door DOOR …] [--profile nuki] [--json]

Prints a random code that may be given out at a door: not weak, no one's there, and, while there is room, no neighbour
of one there: a single wrong digit, or two in each other's place, do not make it somebody else's. Changes nothing: write
the code into the site file, in quotes.

  --site FILE      the site file; a faulty one is refused. Codes that are 'kept' in it are counted, not compared
  --door DOOR      id of the door; once for each door that the key is to open
  --profile nuki   digits 1 to 9 only (default: any)
  --json           {"code","doors","spaced"}

Exit: 0 printed, 1 none may be given and why, 2 wrong use, unknown door or a faulty file.
`;

export const command: Command = {
  words: "key code",
  summary: "a free code for a new key, by the rules of codes",
  help: HELP,
  async run(args, io) {
    const { values } = readOptions(args, {
      site: { type: "string" },
      door: { type: "string", multiple: true },
      profile: { type: "string" },
      json: { type: "boolean" },
    });
    if (values.site === undefined) throw wrongUse("which site file? --site FILE");
    if (values.door === undefined) throw wrongUse("for which door? --door DOOR");
    const profile = readProfile(values.profile ?? "any");
    return printCode(values.site, { doors: [...new Set(values.door)], profile }, values.json === true, io);
  },
};

function readProfile(name: string): CodeProfile {
  const profile = CODE_PROFILES.find((each) => each === name);
  if (profile === undefined) throw wrongUse(`--profile: '${name}', expected ${CODE_PROFILES.join(" or ")}`);
  return profile;
}

interface Wanted {
  readonly doors: readonly string[];
  readonly profile: CodeProfile;
}

function printCode(path: string, wanted: Wanted, json: boolean, io: Io): ExitCode {
  const site = requireSite(path);
  // A file does not tell which codes it has lost, so that no cool-down can be kept here.
  const free = freeCodes(site, { ...wanted, now: instant(Date.now()), dropped: [] });
  if (!free.ok)
    throw new CommandFailed(free.error.kind === "unknown-door" ? EXIT.wrongUse : EXIT.no, sayNone(free.error, path));
  warnOfKept(site, path, io);
  const { spaced } = free.value;
  if (!spaced)
    io.err(
      `lintel key code: warning: too many codes for distance at ${wanted.doors.join(", ")}: a mistyped code may be somebody else's\n`,
    );
  const code = drawCode(free.value, (count) => randomBytes(count)).use((digits) => digits);
  io.out(json ? `${JSON.stringify({ code, doors: wanted.doors, spaced })}\n` : `${code}\n`);
  return EXIT.done;
}

function warnOfKept(site: Site, path: string, io: Io): void {
  for (const { id, code } of codesOf(site))
    if (code === "kept" && !id.endsWith("/otp.secret"))
      io.err(`lintel key code: ${path}: warning: ${id} is kept: the code may be the same as it\n`);
}

function sayNone(none: NoCode, path: string): string {
  switch (none.kind) {
    case "unknown-door":
      return `--door: there is no door '${none.door}' in ${path}`;
    case "full":
      return `door ${none.door} has ${countOf(none.codes, "code")} without a slot, at most ${none.most}: each is one more that a guess hits; take one away, or raise bareCodes`;
    case "none-left":
      return "no code is free: all that are not weak are somebody's";
    default:
      return unreachable(none);
  }
}
