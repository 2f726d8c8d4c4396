/** `lintel log verify`: whether a log is what its edges and its authority signed; of an export, also far from both. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Verdict, VerifyOptions } from "@lintel/edge/authority/log-verify.ts";
import { countOf } from "@lintel/edge/site/values.ts";
import { fromHex } from "@lintel/protocol/base/bytes.ts";
import { type Command, EXIT, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import { dataFolder, reachAuthority } from "../reach-authority.ts";
import { exportLines } from "./log-export.ts";

const HELP = `lintel log verify [FILE] [--root HEX] [--witness PLACE:LINK] [--data DIR] [--json]

Finds a record or an audit entry that was edited, removed, moved, repeated or cut off since edges and authority signed
it. FILE is one of 'lintel log export' ('-': stdin), and needs no authority; without FILE the running one is asked.

  --root HEX            the authority's public root key: an export of another authority is refused. Without it the one
                        that the export brings is believed, and printed
  --witness PLACE:LINK  an end that this command printed on another day: the log must still lead there
  --data DIR            data folder of the authority (LINTEL_DATA; ./lintel-data)
  --json                {"faults","records","audit","end":{"place","link"},"root"}

Exit: 0 nothing was changed, 1 something was, and what; 2 wrong use, or FILE cannot be read; 3 the authority is not
running, has no site yet, or ended meanwhile.
`;

export const command: Command = {
  words: "log verify",
  summary: "whether the log is what edges and authority signed",
  help: HELP,
  run: runLogVerify,
};

async function runLogVerify(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = readOptions(
    args,
    {
      root: { type: "string" },
      witness: { type: "string" },
      data: { type: "string" },
      json: { type: "boolean" },
    },
    { positionals: 1 },
  );
  const root = readRoot(values.root);
  const witness = readWitness(values.witness);
  const [file] = positionals;
  const lines = file === undefined ? exportLines(reachAuthority(dataFolder(values.data, io.env))) : linesOf(file, io);
  const { LogVerifier } = await import("@lintel/edge/authority/log-verify.ts");
  const { nodeEd25519 } = await import("../node-ed25519.ts");
  const verifier = new LogVerifier({ root, witness, ed25519: nodeEd25519() });
  for await (const line of lines) verifier.take(line);
  const verdict = verifier.end();
  if (values.json) io.out(`${JSON.stringify(verdict)}\n`);
  else print(verdict, root !== null, io);
  return verdict.faults.length === 0 ? EXIT.done : EXIT.no;
}

function print({ faults, records, audit, end, root }: Verdict, pinned: boolean, io: Io): void {
  for (const fault of faults) io.out(`${fault}\n`);
  if (faults.length > 0) return;
  const what = `${countOf(records, "record")} and ${audit} of the audit`;
  io.out(`${what}: nothing was changed since it was signed\n`);
  if (end.place > 0) io.out(`witness for another day: ${end.place}:${end.link}\n`);
  if (!pinned) io.out(`signed under the root ${root}; is it your authority's? --root asks\n`);
}

function readRoot(text: string | undefined): VerifyOptions["root"] {
  if (text === undefined) return null;
  const root = fromHex(text.toLowerCase());
  if (!root.ok || root.value.length !== 32) throw wrongUse("--root: expected a public key, 64 hex digits");
  return root.value;
}

function readWitness(text: string | undefined): VerifyOptions["witness"] {
  if (text === undefined) return null;
  const read = /^([1-9][0-9]{0,14}):([0-9a-f]{64})$/.exec(text);
  if (read === null) throw wrongUse("--witness: expected PLACE:LINK as 'lintel log verify' prints it");
  return { place: Number(read[1]), link: read[2]! };
}

async function* linesOf(file: string, io: Io): AsyncIterable<string> {
  const input = file === "-" ? io.stdin : createReadStream(file);
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw wrongUse(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}
