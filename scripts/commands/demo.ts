/** `lintel demo`: a whole site with simulated doors on this machine; the terminal becomes the keypad. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Command, EXIT, type ExitCode, type Io, readOptions } from "../command.ts";
import type { ListedCode } from "../demo/code-list.ts";
import { type Act, readKey, readLine } from "../demo/keypad.ts";
import type { Stage } from "../demo/stage.ts";
import { awaitEnding, type Ending } from "../ending.ts";
import type { Part, WholeSite } from "../loop/whole-site.ts";

const HELP = `lintel demo

Starts an authority with its broker, an edge that it adopts, and two simulated Controllers, each on a virtual serial
port, with a demo site in a folder of its own. The terminal becomes the keypad; what the doors do is told as it happens,
and every record as it is written and as it reaches the authority. Ctrl-C ends everything and leaves nothing behind.

Where standard input is no terminal it reads the same commands as lines, and ends with them. Their keys are typed at
80 ms each, twice as fast as a person types:

  printf 'front 274936#\\nfront open\\nfront close\\n' | lintel demo

${linesHelp()}
Exit: 0 ended, 1 a code was not answered, 2 a line was not understood, 3 something could not be started.
`;

export const command: Command = {
  words: "demo",
  summary: "two simulated doors; the terminal becomes the keypad",
  help: HELP,
  run: runDemo,
};

const SITE = fileURLToPath(new URL("../demo/site.yaml", import.meta.url));

function linesHelp(): string {
  return `  front 274936#          types at the front door; # submits, * clears
  front open|close       pulls or pushes the leaf; force opens it whatever holds it
  front rex              presses the exit button
  front tamper on|off    opens or closes the housing of the Controller
  back                   goes to the back door; without a door a line concerns the one gone to last
  ?                      this list and the codes
  quit
`;
}

const KEYS_HELP = `  0-9 * #   the keypad (Enter is #)      Tab  the next door
  o c f     open, close, force the leaf   r   the exit button      ?  the codes      q or Ctrl-C  end
`;

async function runDemo(args: readonly string[], io: Io): Promise<ExitCode> {
  readOptions(args, {});
  const ending = awaitEnding(io);
  const folder = mkdtempSync(join(tmpdir(), "lintel-demo-"));
  try {
    return await runIn(folder, io, ending);
  } finally {
    ending.forget();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runIn(folder: string, io: Io, ending: Ending): Promise<ExitCode> {
  const screen = new Screen(io);
  io.err("starting the authority, the edge and two simulated Controllers …\n");
  const heard: Parameters<Stage["hear"]>[] = [];
  let hear: Stage["hear"] = (...event) => void heard.push(event);
  const starting = startSite(folder, { io, screen, hear: (...event) => hear(...event) });
  const whole = await Promise.race([starting, ending.ended.then(() => null)]);
  if (whole === null) {
    await starting.then((late) => late.end()).catch(() => undefined);
    return EXIT.done;
  }
  try {
    const { Stage } = await import("../demo/stage.ts");
    const { listCodes } = await import("../demo/code-list.ts");
    const { instant } = await import("@lintel/protocol/base/units.ts");
    const doors = whole.simulated.map(({ door }) => door.id);
    const stage = new Stage(doors, (line) => screen.print(line));
    for (const event of heard) stage.hear(...event);
    hear = (from, event) => stage.hear(from, event);
    stage.open(whole);
    for (const { door, bus } of whole.simulated) io.out(`  ${door.id}: ${door.name}, on ${whole.paths.get(bus)}\n`);
    const codes = codeTable(listCodes(whole.site, whole.edge, instant(Date.now())));
    const scene: Scene = { stage, doors, codes, screen, io, ending };
    return await (io.stdin.isTTY ? playKeys(scene) : playLines(scene));
  } finally {
    screen.close();
    await whole.end();
  }
}

interface Audience {
  readonly io: Io;
  readonly screen: Screen;
  readonly hear: Stage["hear"];
}

async function startSite(folder: string, { io, screen, hear }: Audience): Promise<WholeSite> {
  const data = join(folder, "data");
  const keyvault = (part: Part) => join(folder, "keyvault", `${part}.json`);
  const keyvaults = { authority: keyvault("authority"), edge: keyvault("edge") };
  const authorityArgs = ["--http", "0", "--mqtt-port", "0"];
  const onTalk = (from: Part, sentence: string) => screen.print(`${from}: ${sentence}`);
  const { startAuthority } = await import("../loop/authority-child.ts");
  // It begins while the rest of this command is still being loaded.
  const authority = startAuthority({
    data,
    keyvault: keyvaults.authority,
    ports: authorityArgs,
    onEvent: (event) => hear("authority", event),
    onTalk: (sentence) => onTalk("authority", sentence),
  });
  authority.catch(() => undefined);
  const { startWholeSite } = await import("../loop/whole-site.ts");
  const { PRACTISED, QUICKEST } = await import("@lintel/firmware-sim/board/person.ts");
  return startWholeSite({
    data,
    keyvaults,
    authorityArgs,
    authority,
    buses: [],
    edge: null,
    site: { path: SITE, text: readFileSync(SITE, "utf8"), widen: false },
    // Nobody's fingers come by a pipe: its keys follow each other as fast as a Controller takes them.
    fingers: io.stdin.isTTY ? PRACTISED : QUICKEST,
    onEvent: hear,
    onTalk,
    onLost: (from, why) => screen.print(`the ${from} ended (${why}); the other part goes on`),
  });
}

interface Scene {
  readonly stage: Stage;
  readonly doors: readonly string[];
  readonly codes: string;
  readonly screen: Screen;
  readonly io: Io;
  readonly ending: Ending;
}

/** Lines of a pipe, one after the other, each waited for: so the demo is a test of the whole loop. */
async function playLines({ stage, doors, codes, screen, io, ending }: Scene): Promise<ExitCode> {
  io.out(`\n${codes}\n`);
  let current = doors[0]!;
  let exit: ExitCode = EXIT.done;
  const lines = createInterface({ input: io.stdin });
  void ending.ended.then(() => lines.close());
  for await (const line of lines) {
    const reading = readLine(line, doors, current);
    if (reading === null) continue;
    if ("wrong" in reading) {
      io.err(`${reading.wrong}\n`);
      exit = EXIT.wrongUse;
      continue;
    }
    const { act } = reading;
    if (act.kind === "quit") break;
    if (act.kind === "help") {
      io.out(`\n${linesHelp()}\n${codes}\n`);
      continue;
    }
    current = act.door;
    if (act.kind === "pick") continue;
    const refused = stage.act(act);
    if (refused !== null) screen.print(refused);
    if (!(await stage.settle(current))) {
      screen.print("no answer within 5 s");
      if (exit === EXIT.done) exit = EXIT.no;
    }
  }
  await stage.collected();
  return exit;
}

/** Keys of a terminal, each done at once. */
async function playKeys({ stage, doors, codes, screen, io, ending }: Scene): Promise<ExitCode> {
  const stdin = io.stdin as typeof process.stdin;
  let current = doors[0]!;
  const help = () => screen.print(`\n${KEYS_HELP}\n${codes}`);
  const press = (act: Act | null) => {
    if (act === null) return;
    if (act.kind === "quit") return ending.end();
    if (act.kind === "help") return help();
    current = act.door;
    if (act.kind !== "pick") {
      const refused = stage.act(act);
      if (refused !== null) screen.print(refused);
    }
    screen.refresh();
  };
  const onKeys = (chunk: Buffer) => {
    for (const key of chunk.toString("utf8")) press(readKey(key, doors, current));
  };
  const { statusLine } = await import("../demo/story.ts");
  screen.pin(() => statusLine(current, stage.sight(current)));
  help();
  stdin.setRawMode(true).resume().on("data", onKeys);
  try {
    await ending.ended;
  } finally {
    stdin.off("data", onKeys).setRawMode(false).pause();
  }
  return EXIT.done;
}

function codeTable(codes: readonly ListedCode[]): string {
  const whose = Math.max(...codes.map((code) => code.whose.length));
  const answers = codes[0]!.at.map(({ door }, column) =>
    Math.max(door.length, ...codes.map((code) => code.at[column]!.answer.length)),
  );
  const row = (digits: string, who: string, at: readonly string[]) =>
    `  ${digits.padEnd(8)} ${who.padEnd(whose)}  ${at.map((text, column) => text.padEnd(answers[column]!)).join("  ")}`.trimEnd();
  return [
    row(
      "code",
      "whose",
      codes[0]!.at.map(({ door }) => door),
    ),
    ...codes.map((code) =>
      row(
        `${code.digits}#`,
        code.whose,
        code.at.map(({ answer }) => answer),
      ),
    ),
    "",
  ].join("\n");
}

/** Lines above, and one line that stays below them where there is a terminal. */
class Screen {
  readonly #io: Io;
  #pinned: (() => string) | null = null;
  /** What ends does not tell of its end. */
  #closed = false;

  constructor(io: Io) {
    this.#io = io;
  }

  pin(line: () => string): void {
    this.#pinned = line;
  }

  print(line: string): void {
    if (this.#closed) return;
    if (this.#pinned === null) this.#io.out(`${line}\n`);
    else this.#io.out(`\r\u001b[K${line.replaceAll("\n", "\r\n")}\r\n${this.#fit()}`);
  }

  refresh(): void {
    if (this.#pinned !== null) this.#io.out(`\r\u001b[K${this.#fit()}`);
  }

  close(): void {
    if (this.#pinned !== null) this.#io.out("\r\u001b[K");
    this.#pinned = null;
    this.#closed = true;
  }

  /** A line longer than the terminal would wrap, and could not be wiped. */
  #fit(): string {
    return (this.#pinned?.() ?? "").slice(0, (process.stdout.columns ?? 80) - 1);
  }
}
