/** `lintel doctor`: finds what is wrong around an edge, and says the remedy. Changes nothing. */
import { arch, release } from "node:os";
import { resolve } from "node:path";
import { type Command, EXIT, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import type { Finding } from "../doctor/findings.ts";
import { dataFolder } from "../reach-authority.ts";

const HELP = `lintel doctor [--data DIR] [--bus ID=PATH ...] [--json] [--bundle FILE]

Looks at what an edge needs, all of it at once, and says of each thing how it is and what to do: Node and its time
zones, the disk, the clock, the serial ports (there, allowed, held by another program), the USB adapters, the edge, the
broker, the Controllers. Changes nothing, and does not disturb a running edge.

  --data DIR      data folder of the edge (LINTEL_DATA; ./lintel-data)
  --bus ID=PATH   a serial port to look at besides those of the running edge; as often as there are lines (LINTEL_BUS)
  --json          {"well","findings":[{"check","status","cause","remedy"}]}; status: ok, warning, wrong, skipped
  --bundle FILE   writes it all to FILE, a new one, with versions, status and the last records, for whoever helps: no
                  codes, keys or tokens are in it

Exit: 0 nothing is wrong (there may be warnings), 1 something is, 2 wrong use.
`;

export const command: Command = {
  words: "doctor",
  summary: "what is wrong with ports, clock, disk and broker, and the remedy",
  help: HELP,
  run: runDoctor,
};

async function runDoctor(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readOptions(args, {
    data: { type: "string" },
    bus: { type: "string", multiple: true },
    json: { type: "boolean" },
    bundle: { type: "string" },
  });
  const data = dataFolder(values.data, io.env);
  const { readBuses } = await import("../bus-settings.ts");
  const buses = readBuses(values.bus ?? io.env.LINTEL_BUS?.split(",") ?? []);
  const { examine } = await import("../doctor/examine.ts");
  const { isWell } = await import("../doctor/findings.ts");
  const examined = await examine(data, buses);
  const well = isWell(examined.findings);
  if (values.bundle !== undefined) await bundle(values.bundle, { data, well, ...examined });
  if (values.json) io.out(`${JSON.stringify({ well, findings: examined.findings })}\n`);
  else io.out(report(examined.findings));
  return well ? EXIT.done : EXIT.no;
}

const MARKS: Readonly<Record<Finding["status"], string>> = { ok: "ok", warning: "warn", wrong: "WRONG", skipped: "-" };

function report(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, status, cause, remedy }) => [
    `${MARKS[status].padEnd(5)}  ${check.padEnd(11)}  ${cause}`,
    ...(remedy === null ? [] : [`${" ".repeat(20)}→ ${remedy}`]),
  ]);
  return `${lines.join("\n")}\n`;
}

async function bundle(
  path: string,
  { data, ...examined }: { readonly data: string; readonly [name: string]: unknown },
): Promise<void> {
  const { probeRecords } = await import("../doctor/probes.ts");
  const { writeBundle } = await import("../doctor/bundle.ts");
  const { version } = await import("../package.json", { with: { type: "json" } }).then((file) => file.default);
  const { node, tz, openssl } = process.versions;
  const machine = { platform: process.platform, arch: arch(), kernel: release(), node, tz, openssl };
  const records = await probeRecords(data);
  const whole = { lintel: version, at: new Date().toISOString(), data: resolve(data), machine, ...examined, records };
  try {
    writeBundle(path, whole);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw wrongUse(
      code === "EEXIST"
        ? `--bundle ${path}: there is such a file already; name a new one`
        : `--bundle ${path}: cannot be written: ${message}`,
    );
  }
}
