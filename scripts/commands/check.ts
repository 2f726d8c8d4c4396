/** `lintel check`: every error and warning of a site file, with line and column (design 5.1, 5.4). Changes nothing. */
import { readSite, type SiteRead } from "@lintel/edge/site/read.ts";
import { type Command, EXIT, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import { problemLine, readText, unreadableSentence } from "../site-file.ts";

const HELP = `lintel check --site FILE [--json]

Reads a site file and names every error and every warning in it, each with line and column.

  --site FILE   the site file (YAML 1.2)
  --json        one JSON array: [{"severity","file","line","column","path","message"}]

Prints FILE:LINE:COL: severity: path: message, a line each, in the order of the file. The shape of the fields comes
first; only if all have their shape is it said what they mean together.
Exit: 0 no error (there may be warnings), 1 errors, 2 not a YAML file that can be read.
`;

export const command: Command = {
  words: "check",
  summary: "every error and warning of a site file, with line and column",
  help: HELP,
  async run(args, io) {
    const { values } = readOptions(args, { site: { type: "string" }, json: { type: "boolean" } });
    if (values.site === undefined) throw wrongUse("which site file? --site FILE");
    return check(values.site, values.json === true, io);
  },
};

function check(path: string, json: boolean, io: Io): ExitCode {
  const text = readText(path);
  if (!text.ok) {
    // A reader of --json finds an answer on stdout whatever happens; line 0 is the file itself.
    if (json) print([{ severity: "error", file: path, line: 0, column: 0, path: "", message: text.error }], io);
    throw wrongUse(`${path}: ${text.error}`);
  }
  const read = readSite(text.value);
  if (json) printJson(path, read, io);
  else if (read.unreadable === null) for (const problem of read.problems) io.out(`${problemLine(path, problem)}\n`);
  if (read.unreadable !== null) throw wrongUse(unreadableSentence(path, read));
  return read.site === null ? EXIT.no : EXIT.done;
}

function printJson(path: string, { problems }: SiteRead, io: Io): void {
  print(
    problems.map(({ severity, line, column, path: place, message }) => ({
      severity,
      file: path,
      line,
      column,
      path: place,
      message,
    })),
    io,
  );
}

function print(value: readonly object[], io: Io): void {
  io.out(`${JSON.stringify(value)}\n`);
}
