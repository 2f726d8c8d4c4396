/**
 * A whole site on one machine: the authority and the edge as two processes, and the simulated Controllers of its `sim`
 * lines in this one. Used by `lintel up` and `lintel demo`. What passes between edge and authority is MQTT alone; this
 * only introduces them to each other, and puts the keys of simulated Controllers into both sides by hand.
 */
import { askEdge } from "@lintel/edge/shell/control-client.ts";
import type { Site } from "@lintel/edge/site/site.ts";
import { type Fingers, PRACTISED } from "@lintel/firmware-sim/board/person.ts";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { CommandFailed, EXIT, wrongUse } from "../command.ts";
import { type AuthorityReach, reachAuthority, unexpected } from "../reach-authority.ts";
import { requireSiteText } from "../site-file.ts";
import { startAuthority } from "./authority-child.ts";
import { type Child, type ChildEvent, startChild } from "./child.ts";
import { type SimulatedDoor, type SimulatedLines, startSimulatedLines } from "./simulated-lines.ts";

/** Longest that a keyset may take to the edge, or a Controller to its session, in ms. */
const STEP_MAX = 15_000;

export type Part = "authority" | "edge";

export interface WholeSiteOptions {
  readonly data: string;
  readonly keyvaults: Readonly<Record<Part, string>>;
  /** Further arguments of `lintel authority`: its ports. */
  readonly authorityArgs: readonly string[];
  /** The authority, where it was started already: with these settings, and telling what it does by itself. */
  readonly authority?: Promise<Child>;
  /** Ports of lines, `ID=PATH`, as their person gave them: such a line is not simulated. */
  readonly buses: readonly string[];
  /** Which edge of the site this machine is; null: its only one. */
  readonly edge: string | null;
  /** File for the recording of the edge; left out: none is made. */
  readonly record?: string;
  /** Put in force at the start, whole. Null: the site that was applied before goes on. */
  readonly site: { readonly path: string; readonly text: string; readonly widen: boolean } | null;
  /** Of who types at simulated doors. Default: a practised person's. */
  readonly fingers?: Fingers;
  readonly onEvent: (from: Part, event: ChildEvent) => void;
  /** A sentence for people. */
  readonly onTalk: (from: Part, sentence: string) => void;
  /** A process ended that nobody asked to. */
  readonly onLost: (from: Part, why: string) => void;
}

export interface WholeSite {
  readonly site: Site;
  readonly edge: string;
  readonly authority: Child["ready"];
  readonly simulated: readonly SimulatedDoor[];
  /** What the edge opens, per simulated line. */
  readonly paths: ReadonlyMap<string, string>;
  /** Ends everything that was started, in order. */
  end(): Promise<void>;
}

/** Starts all of it, and answers when every simulated door can be used. Ends what it started when it cannot. */
export async function startWholeSite(options: WholeSiteOptions): Promise<WholeSite> {
  const started = new Started(options);
  try {
    return await started.start();
  } catch (error) {
    await started.end();
    throw error;
  }
}

class Started {
  readonly #options: WholeSiteOptions;
  readonly #heard = new Heard();
  #authority: Child | null = null;
  #edge: Child | null = null;
  #lines: SimulatedLines | null = null;
  /** The start of the edge, which goes on by itself while the authority begins; settled, never rejected. */
  #edgeBegins: Promise<unknown> = Promise.resolve();
  readonly #ending = new AbortController();

  constructor(options: WholeSiteOptions) {
    this.#options = options;
  }

  async start(): Promise<WholeSite> {
    const { site: given } = this.#options;
    // A file that is given is read before anything starts, and its lines are known while the authority still begins.
    const early = given === null ? null : this.#startEdge(requireSiteText(given.path, given.text));
    this.#edgeBegins = early?.catch(() => undefined) ?? this.#edgeBegins;
    await this.#startAuthority();
    const authority = reachAuthority(this.#options.data);
    if (given !== null) await applySite(authority, given);
    const { site, edge } = await (early ?? this.#startEdge(await appliedSite(authority)));
    const number = await this.#introduce(authority, edge);
    await this.#keysetInForce(number);
    await Promise.all(this.#lines!.doors.map((door) => this.#giveKey(door)));
    return {
      site,
      edge,
      authority: this.#authority!.ready,
      simulated: this.#lines!.doors,
      paths: this.#lines!.paths,
      end: () => this.end(),
    };
  }

  async end(): Promise<void> {
    this.#ending.abort();
    // Whatever still begins would come up later, and nobody would end it.
    await this.#edgeBegins;
    // The edge first: its last records still find the authority.
    await this.#edge?.end();
    await this.#authority?.end();
    await this.#lines?.close();
  }

  async #startAuthority(): Promise<void> {
    const { data, keyvaults, authorityArgs: ports, onEvent, onTalk } = this.#options;
    const started =
      this.#options.authority ??
      startAuthority({
        data,
        keyvault: keyvaults.authority,
        ports,
        onEvent: (event) => onEvent("authority", event),
        onTalk: (line) => onTalk("authority", line),
      });
    this.#authority = this.#watched("authority", await started);
  }

  async #startEdge(site: Site): Promise<{ site: Site; edge: string }> {
    const { data, keyvaults, buses } = this.#options;
    const edge = chooseEdge(site, this.#options.edge);
    const taken = new Set(buses.map((setting) => setting.split("=")[0]));
    const simulated = site.buses.filter((bus) => bus.edge === edge && bus.port === "sim" && !taken.has(bus.id));
    this.#lines = await startSimulatedLines(simulated, site.doors, this.#options.fingers ?? PRACTISED);
    const settings = [...buses, ...[...this.#lines.paths].map(([bus, path]) => `${bus}=${path}`)];
    const { record } = this.#options;
    const args = [
      ...["edge", "--data", data, "--keyvault", keyvaults.edge, ...settings.flatMap((bus) => ["--bus", bus])],
      ...(record === undefined ? [] : ["--record", record]),
    ];
    const child = await startChild({
      args,
      onEvent: (event) => {
        this.#heard.hear(event);
        this.#options.onEvent("edge", event);
      },
      onTalk: (line) => this.#options.onTalk("edge", line),
      signal: this.#ending.signal,
    });
    this.#edge = this.#watched("edge", child);
    return { site, edge };
  }

  #watched(part: Part, child: Child): Child {
    void child.ended.then((why) => {
      if (!this.#ending.signal.aborted) this.#options.onLost(part, why);
    });
    return child;
  }

  /** Adopts the edge unless it is; answers the number of the keyset that it shall hold. */
  async #introduce(authority: AuthorityReach, edge: string): Promise<number> {
    const { data } = this.#options;
    const known = this.#edge!.ready.edge;
    if (typeof known === "string" && known !== edge) {
      throw wrongUse(`the data folder ${data} is that of edge ${known}, not of ${edge}; choose another --data`);
    }
    const issued = await issuedNumber(authority, edge);
    if (known === edge && issued !== null) return issued;
    const answer = await authority.ask("POST", `/edges/${edge}/token`);
    if (answer.status !== 201) throw unexpected(answer);
    const adopted = await askEdge(data, { method: "adopt", params: { token: answer.json.token } });
    if (!adopted.ok)
      throw new CommandFailed(EXIT.unreachable, `edge ${edge} was not adopted: ${sayReach(adopted.error)}`);
    return (await issuedNumber(authority, edge)) ?? 1;
  }

  /** An edge that held a keyset before it was started says nothing of it: it is asked. */
  async #keysetInForce(number: number): Promise<void> {
    const status = await askEdge(this.#options.data, { method: "status" });
    const held = status.ok ? (status.value.keyset as { readonly number: number } | null) : null;
    if (held !== null && held.number >= number) return;
    const applied = this.#heard.until(
      ({ event, state, number: applied }) => event === "keyset" && state === "applied" && Number(applied) >= number,
    );
    // Without any keyset there is no door to speak of; with an older one the door goes on, and the newer one comes.
    await (held === null
      ? applied
      : applied.catch(() =>
          this.#options.onTalk("edge", `keyset ${number} has not come yet; it goes on with keyset ${held.number}`),
        ));
  }

  async #giveKey({ door, scbk }: SimulatedDoor): Promise<void> {
    const params = { door: door.id, windowMs: STEP_MAX, scbk: scbk.use(toHex) };
    const answer = await askEdge(this.#options.data, { method: "pair", params });
    if (!answer.ok) throw new CommandFailed(EXIT.unreachable, `${door.id} was not paired: ${sayReach(answer.error)}`);
    if (answer.value.paired !== true) {
      throw new CommandFailed(EXIT.unreachable, `${door.id} was not paired: its simulated Controller did not answer`);
    }
    await this.#heard.until((event) => event.event === "link" && event.door === door.id && event.online === true);
  }
}

/** What the edge said so far: waiting for an event that came already must not wait for ever. */
class Heard {
  readonly #events: ChildEvent[] = [];
  readonly #waiting = new Set<() => void>();

  hear(event: ChildEvent): void {
    // Records are many and nobody waits for one here.
    if (event.event === "record") return;
    this.#events.push(event);
    for (const look of this.#waiting) look();
  }

  until(claim: (event: ChildEvent) => boolean): Promise<void> {
    return new Promise((done, late) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        late(new CommandFailed(EXIT.unreachable, `the edge was not ready within ${STEP_MAX / 1000} s`));
      }, STEP_MAX);
      const look = () => {
        if (!this.#events.some(claim)) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        done();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

function chooseEdge(site: Site, wanted: string | null): string {
  const ids = site.edges.map(({ id }) => id);
  if (wanted !== null) {
    if (ids.includes(wanted)) return wanted;
    throw wrongUse(`the site has no edge '${wanted}'; it has ${ids.join(", ")}`);
  }
  if (ids.length === 1) return ids[0]!;
  throw wrongUse(
    ids.length === 0 ? "the site has no edge" : `which edge is this machine? --edge ${ids.join(" or --edge ")}`,
  );
}

async function applySite(
  authority: AuthorityReach,
  { path, text, widen }: NonNullable<WholeSiteOptions["site"]>,
): Promise<void> {
  const answer = await authority.ask("PUT", `/site${widen ? "?widen=true" : ""}`, text);
  if (answer.status === 200) return;
  if (answer.status === 409) {
    throw new CommandFailed(
      EXIT.no,
      `${path} opens more than what is in force; nothing was changed; apply it with --widen if it shall`,
    );
  }
  throw unexpected(answer);
}

async function appliedSite(authority: AuthorityReach): Promise<Site> {
  const answer = await authority.ask("GET", "/site");
  if (answer.status === 404) throw wrongUse("no site was ever applied to this data folder; name one: lintel up SITE");
  if (answer.status !== 200) throw unexpected(answer);
  return requireSiteText("the site in force", answer.text);
}

async function issuedNumber(authority: AuthorityReach, edge: string): Promise<number | null> {
  const answer = await authority.ask("GET", "/edges");
  const edges = (answer.json.edges ?? []) as readonly { edge: string; adopted: boolean; issued: number | null }[];
  const found = edges.find((view) => view.edge === edge);
  return found?.adopted ? found.issued : null;
}

function sayReach(error: { readonly kind: string; readonly error?: { readonly message: string } }): string {
  return error.error?.message ?? "the edge does not run";
}
