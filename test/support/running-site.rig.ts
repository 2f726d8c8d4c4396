/**
 * For tests: an authority and an edge as the processes that `lintel authority` and `lintel edge` are, with simulated
 * Controllers on lines that the test holds. Each may be killed and started again on the same data.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askEdge } from "@lintel/edge/shell/control-client.ts";
import { openStore } from "@lintel/edge/shell/store.ts";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { reachAuthority } from "@lintel/scripts/reach-authority.ts";
import { DoorLine, WatchedController } from "./door-line.rig.ts";
import { type Line, LintelProcess } from "./lintel-process.rig.ts";
import { until } from "./until.rig.ts";

export interface Collected {
  readonly place: number;
  readonly edge: string;
  readonly record: JournalRecord;
}

interface TestFile {
  teardown(end: () => unknown): void;
  setTimeout(ms: number): void;
}

/** Longest that a file with real processes may take. Alone on a machine none needs a third of it. */
const FILE_TIME_MAX = 200_000;

/** A folder of this file's own, gone at its end. */
export function ownFolder(t: TestFile): string {
  t.setTimeout(FILE_TIME_MAX);
  const folder = mkdtempSync(join(tmpdir(), "lintel-e2e-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export class RunningSite {
  readonly folder: string;
  readonly data: string;
  /** By bus id. */
  readonly lines = new Map<string, DoorLine>();
  readonly doors = new Map<string, WatchedController>();
  authority!: LintelProcess;
  edge!: LintelProcess;
  /** All lives of either, the running one last. */
  readonly authorities: LintelProcess[] = [];
  readonly edges: LintelProcess[] = [];
  /** Further arguments of `lintel edge`. */
  readonly edgeArgs: string[] = [];
  /** `--http` and `--mqtt-port` of a restart: those of the first start. */
  #ports: readonly string[] = ["--http", "0", "--mqtt-port", "0"];

  constructor(t: TestFile) {
    this.folder = ownFolder(t);
    this.data = join(this.folder, "data");
    t.teardown(() => this.end());
  }

  /** A line whose cable is in, with nothing on it. */
  async addLine(bus: string): Promise<DoorLine> {
    const line = new DoorLine(this.folder, bus);
    this.lines.set(bus, line);
    await line.plug();
    return line;
  }

  /** A door alone on a line of its own. */
  async addDoor(door: string, bus: string): Promise<WatchedController> {
    const controller = new WatchedController(await this.addLine(bus));
    this.doors.set(door, controller);
    return controller;
  }

  line(bus: string): DoorLine {
    return this.lines.get(bus)!;
  }

  door(id: string): WatchedController {
    return this.doors.get(id)!;
  }

  async startAuthority(): Promise<LintelProcess> {
    this.authority = new LintelProcess(["authority", "--data", this.data, ...this.#ports, "--json"]);
    this.authorities.push(this.authority);
    const { http, mqtt } = await this.authority.ready();
    this.#ports = ["--http", new URL(http).port, "--mqtt-port", new URL(mqtt).port];
    return this.authority;
  }

  async startEdge(): Promise<LintelProcess> {
    const buses = [...this.lines].flatMap(([bus, { path }]) => ["--bus", `${bus}=${path}`]);
    this.edge = new LintelProcess(["edge", "--data", this.data, ...buses, ...this.edgeArgs, "--json"]);
    this.edges.push(this.edge);
    await this.edge.ready();
    return this.edge;
  }

  /** Both processes, the site in force, the edge adopted, every Controller in its session. */
  async start(site: string, through: (token: string) => string = (token) => token): Promise<this> {
    await Promise.all([this.startAuthority(), this.startEdge()]);
    await this.apply(site);
    const { token } = (await reachAuthority(this.data).ask("POST", "/edges/e1/token")).json;
    await this.ask("adopt", { token: through(String(token)) });
    await this.edge.line("the keyset", ({ event, state }) => event === "keyset" && state === "applied");
    await Promise.all(
      [...this.doors].map(async ([door, { scbk }]) => {
        await this.ask("pair", { door, windowMs: 20_000, scbk: scbk.use(toHex) });
        await this.online(door);
      }),
    );
    return this;
  }

  async apply(site: string, widen = false): Promise<number> {
    const answer = await reachAuthority(this.data).ask("PUT", `/site${widen ? "?widen=true" : ""}`, site);
    if (answer.status !== 200) throw new Error(`the site was refused: ${answer.text}`);
    return (answer.json.keysets as { number: number }[])[0]?.number ?? 0;
  }

  async ask(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const answer = await askEdge(this.data, { method, params });
    if (!answer.ok) throw new Error(`the edge answered ${JSON.stringify(answer.error)}`);
    return answer.value;
  }

  online(door: string, from = 0): Promise<Line> {
    return this.edge.line(
      `${door} is online`,
      (line) => line.event === "link" && line.door === door && line.online === true,
      { from },
    );
  }

  /** What the edge told of its journal, over all its lives. */
  get records(): JournalRecord[] {
    return this.edges.flatMap(({ lines }) =>
      lines.flatMap(({ event, record }) => (event === "record" ? [record as JournalRecord] : [])),
    );
  }

  /** The first record, from place `from` of what the edge told, of which `claim` holds. */
  record(what: string, claim: (record: JournalRecord) => boolean, from = 0): Promise<JournalRecord> {
    return until(`a record: ${what}`, () => this.records.slice(from).find(claim));
  }

  /** What the authority holds, by its HTTP, in its order. */
  async collected(): Promise<Collected[]> {
    const authority = reachAuthority(this.data);
    const all: Collected[] = [];
    for (;;) {
      const { json } = await authority.ask("GET", `/records?after=${all.at(-1)?.place ?? 0}`);
      const page = json.records as Collected[];
      if (page.length === 0) return all;
      all.push(...page);
    }
  }

  /** Waits until the authority holds as many records as the edge told of, and answers them in its order. */
  async collectedAll(): Promise<JournalRecord[]> {
    const all = await until("every record at the authority", async () => {
      const held = await this.collected();
      return held.length >= this.records.length && held;
    });
    return all.map(({ record }) => record);
  }

  /** The journal as it lies on the disk. Only while no edge runs. */
  journal(): { readonly records: readonly JournalRecord[]; readonly acked: number } {
    const store = openStore(join(this.data, "edge", "edge.db"));
    if (!store.ok) throw new Error(JSON.stringify(store.error));
    try {
      const { seq } = store.value.journalEnd();
      return { records: store.value.records(1, seq), acked: store.value.load().acked };
    } finally {
      store.value.close();
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.edges, ...this.authorities].map((part) => part.kill()));
    for (const { simulated } of this.doors.values()) simulated.stop();
    for (const line of this.lines.values()) line.unplug();
  }
}
