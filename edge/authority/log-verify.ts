/**
 * Whether an exported log is what its edges and its authority signed. A stream: lines go in, in their order, and faults
 * come out; what is kept meanwhile are the signed checkpoints, never the log. Needs no key and no database, only, to be
 * sure of whom it believes, the authority's root.
 * Not found: what nothing signed yet covers (SECURITY.md, "Checkpoints"); a log that ends early together with all its
 * checkpoints, for which there is a witness: an end that somebody wrote down before.
 */
import { equalBytes, toHex } from "@lintel/protocol/base/bytes.ts";
import { EMPTY_LINK, nextLink } from "@lintel/protocol/mqtt/chain.ts";
import { type Ed25519, nobleEd25519 } from "@lintel/protocol/mqtt/ed25519.ts";
import { openMessage, peekMessage, verifyMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { decodeRecord } from "@lintel/protocol/mqtt/record-codec.ts";
import { LIMITS } from "./limits.ts";
import { auditLink, logLink } from "./log-chain.ts";
import { type LogLine, readLogLine } from "./log-lines.ts";
import type { AuditRow, CollectedRecord } from "./ports.ts";

export interface Witness {
  readonly place: number;
  readonly link: string;
}

export interface VerifyOptions {
  /** The authority's public root key; null: the one that the export brings is believed. */
  readonly root: Uint8Array | null;
  readonly witness: Witness | null;
  readonly ed25519?: Ed25519;
}

export interface Verdict {
  /** In the order in which they were found, each a sentence; at most LIMITS.logFaults. Empty: nothing was changed. */
  readonly faults: readonly string[];
  readonly records: number;
  readonly audit: number;
  /** The last record, and its link: a witness for another day. */
  readonly end: Witness;
  /** Hex; null: the export has none that is signed by itself. */
  readonly root: string | null;
}

interface Journal {
  seq: number;
  /** Null: nothing leads to it. */
  link: string | null;
}

export class LogVerifier {
  readonly #options: VerifyOptions;
  readonly #ed25519: Ed25519;
  readonly #faults: string[] = [];
  #line = 0;
  #header: { readonly site: string; readonly online: Uint8Array; readonly root: string } | null = null;
  #log = { at: 0, link: EMPTY_LINK };
  #audit = { at: 0, link: EMPTY_LINK };
  readonly #logSigned = new Map<number, string>();
  readonly #auditSigned = new Map<number, string>();
  readonly #edgeSigned = new Map<string, string[]>();
  readonly #edgeEnds = new Map<string, number>();
  readonly #signers = new Map<string, string>();
  readonly #adopted = new Set<string>();
  readonly #journals = new Map<string, Journal>();
  /** Gaps in the journals of edges that the audit has to know. */
  readonly #gaps = new Set<string>();
  #stage: LogLine["kind"] = "header";
  #ended = false;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#ed25519 = options.ed25519 ?? nobleEd25519;
  }

  /** One line, without its newline. */
  take(text: string): void {
    this.#line += 1;
    const line = readLogLine(text);
    if (line === null) {
      this.#fault(`line ${this.#line} is no line of an export, or was changed`);
      return;
    }
    if (this.#header === null && line.kind !== "header") {
      this.#fault(`line ${this.#line}: nothing is believed before a header that a root signed`);
      return;
    }
    if (this.#ended) {
      this.#fault(`line ${this.#line} stands behind the end`);
      return;
    }
    if (STAGES[line.kind] < STAGES[this.#stage]) {
      this.#fault(`line ${this.#line}: a line of kind ${line.kind} stands behind one of kind ${this.#stage}`);
    }
    this.#stage = line.kind;
    this.#read(line);
  }

  /** After the last line. */
  end(): Verdict {
    const { witness } = this.#options;
    if (!this.#ended) this.#fault(`the export ends early, behind record ${this.#log.at}: its end is not signed`);
    for (const place of this.#logSigned.keys()) {
      this.#fault(`the log was signed up to record ${place}; here it ends with ${this.#log.at}: the rest was removed`);
    }
    for (const entry of this.#auditSigned.keys()) {
      this.#fault(
        `the audit was signed up to entry ${entry}; here it ends with ${this.#audit.at}: the rest was removed`,
      );
    }
    for (const [journal, seq] of this.#edgeEnds) {
      const here = this.#journals.get(journal)?.seq ?? 0;
      if (seq <= here) continue;
      const where = `edge ${journal.split("/")[0]} signed its records up to ${seq}`;
      this.#fault(`${where}; here they end with ${here}: the rest has not arrived yet, or was removed`);
    }
    for (const gap of this.#gaps)
      this.#fault(`records of edge ${gap} are missing, and the audit does not say that they were lost`);
    for (const [signer, edge] of this.#signers) {
      if (!this.#adopted.has(signer))
        this.#fault(`a checkpoint of edge ${edge} is signed by a key that was never adopted`);
    }
    if (witness !== null && witness.place > this.#log.at) {
      this.#fault(
        `the witness knows record ${witness.place}; here the log ends with ${this.#log.at}: the rest was removed`,
      );
    }
    const end = { place: this.#log.at, link: this.#log.link };
    return {
      faults: this.#faults,
      records: this.#log.at,
      audit: this.#audit.at,
      end,
      root: this.#header?.root ?? null,
    };
  }

  #read(line: LogLine): void {
    if (line.kind === "header") this.#readHeader(line);
    else if (line.kind === "checkpoint") this.#readCheckpoint(line);
    else if (line.kind === "record") this.#readRecord(line.row);
    else if (line.kind === "audit") this.#readAudit(line.row);
    else this.#readLogCheckpoint(line);
  }

  #readHeader({ site, root }: LineOf<"header">): void {
    if (this.#header !== null) {
      this.#fault(`line ${this.#line} is a second header`);
      return;
    }
    const read = peekMessage("root", root);
    const own = read.ok && verifyMessage(root, read.value.body.root, this.#ed25519) && read.value.site === site;
    if (!read.ok || !own) {
      this.#fault("the header's root document is not signed by its own root for this site");
      return;
    }
    const { body } = read.value;
    if (this.#options.root !== null && !equalBytes(body.root, this.#options.root)) {
      this.#fault(`the export is of another authority: its root is ${toHex(body.root)}`);
    }
    this.#header = { site, online: body.online, root: toHex(body.root) };
  }

  #readCheckpoint({ edge, signing, message }: LineOf<"checkpoint">): void {
    const expected = { site: this.#header!.site, edge, signer: signing, now: null };
    const opened = openMessage("checkpoint", message, expected, this.#ed25519);
    if (!opened.ok) {
      this.#fault(`line ${this.#line}: a checkpoint that edge ${edge} did not sign`);
      return;
    }
    const { epoch, seq, hash } = opened.value.body;
    const place = `${edge}/${epoch}/${seq}`;
    this.#edgeSigned.set(place, [...(this.#edgeSigned.get(place) ?? []), hash]);
    this.#edgeEnds.set(`${edge}/${epoch}`, Math.max(seq, this.#edgeEnds.get(`${edge}/${epoch}`) ?? 0));
    this.#signers.set(`${edge}/${toHex(signing)}`, edge);
  }

  #readLogCheckpoint({ kind, message }: LineOf<"log-checkpoint"> | LineOf<"end">): void {
    const { site, online } = this.#header!;
    const opened = openMessage(
      "log-checkpoint",
      message,
      { site, edge: null, signer: online, now: null },
      this.#ed25519,
    );
    if (!opened.ok) {
      this.#fault(`line ${this.#line}: a checkpoint of the log that the authority did not sign`);
      return;
    }
    const { place, log, entry, audit } = opened.value.body;
    if (kind === "log-checkpoint") {
      this.#sign(this.#logSigned, place, log, "record");
      this.#sign(this.#auditSigned, entry, audit, "audit entry");
      return;
    }
    this.#ended = true;
    if (place !== this.#log.at) this.#fault(`the log was signed with ${place} records; here are ${this.#log.at}`);
    else if (log !== this.#log.link) this.#fault(`record ${place}: the authority signed another log up to here`);
    if (entry !== this.#audit.at) this.#fault(`the audit was signed with ${entry} entries; here are ${this.#audit.at}`);
    else if (audit !== this.#audit.link)
      this.#fault(`audit entry ${entry}: the authority signed another audit up to here`);
  }

  #sign(signed: Map<number, string>, at: number, link: string, what: string): void {
    if (at === 0) return;
    if ((signed.get(at) ?? link) !== link)
      this.#fault(`the authority signed two different histories up to ${what} ${at}`);
    signed.set(at, link);
  }

  #readRecord(row: CollectedRecord): void {
    const { place, edge, bytes, link } = row;
    this.#follow("record", this.#log, place, link, (before) => logLink(before, row));
    this.#meet(this.#logSigned, place, link, `record ${place} of the log`);
    const { witness } = this.#options;
    if (witness?.place === place && witness.link !== link) {
      this.#fault(`record ${place} of the log: the witness knows another, or another before it`);
    }
    const record = decodeRecord(bytes);
    if (!record.ok) {
      this.#fault(`record ${place} of the log does not read as a record`);
      return;
    }
    this.#chain(edge, record.value.epoch, record.value.seq, bytes);
  }

  /** The edge's own chain, and what it signed of it. */
  #chain(edge: string, epoch: string, seq: number, bytes: Uint8Array): void {
    const name = `${edge}/${epoch}`;
    const before = this.#journals.get(name) ?? { seq: 0, link: EMPTY_LINK };
    if (seq <= before.seq) this.#fault(`record ${seq} of edge ${edge} stands behind its record ${before.seq}`);
    const gap = seq > before.seq + 1;
    if (gap) this.#gaps.add(`${name}: ${before.seq + 1} to ${seq - 1}`);
    const link = gap || before.link === null ? null : nextLink(before.link, bytes);
    const signed = this.#edgeSigned.get(`${name}/${seq}`) ?? [];
    for (const hash of link === null ? [] : signed) {
      if (hash !== link) this.#fault(`record ${seq} of edge ${edge}: the edge signed another journal up to here`);
    }
    // Behind records that were lost, what the edge signed is where its chain goes on.
    this.#journals.set(name, { seq, link: link ?? signed[0] ?? null });
  }

  #readAudit(row: AuditRow): void {
    const { entry, what, detail, link } = row;
    this.#follow("audit entry", this.#audit, entry, link, (before) => auditLink(before, row));
    this.#meet(this.#auditSigned, entry, link, `audit entry ${entry}`);
    if (what === "records-lost") this.#gaps.delete(`${detail.edge}/${detail.epoch}: ${detail.from} to ${detail.to}`);
    if (what !== "edge-adopted") return;
    // Entries from before adoptions named their key vouch for every key of that edge.
    const vouched = [...this.#signers].filter(([, edge]) => edge === detail.edge && detail.key === undefined);
    for (const signer of [`${detail.edge}/${detail.key}`, ...vouched.map(([signer]) => signer)])
      this.#adopted.add(signer);
  }

  #follow(
    what: string,
    chain: { at: number; link: string },
    at: number,
    link: string,
    next: (before: string) => string,
  ): void {
    if (at > chain.at + 1) {
      const missing = at === chain.at + 2 ? `${what} ${at - 1} is` : `${what} ${chain.at + 1} to ${at - 1} are`;
      this.#fault(`${missing} missing: removed, or moved`);
    } else if (at <= chain.at) this.#fault(`${what} ${at} stands behind ${what} ${chain.at}: repeated, or moved`);
    else if (next(chain.link) !== link) {
      this.#fault(
        `${what} ${at} does not follow from the one before: one of the two was changed, or one between them removed`,
      );
    }
    chain.at = at;
    chain.link = link;
  }

  #meet(signed: Map<number, string>, at: number, link: string, what: string): void {
    const expected = signed.get(at);
    signed.delete(at);
    if (expected !== undefined && expected !== link)
      this.#fault(`${what}: the authority signed another history up to here`);
  }

  #fault(sentence: string): void {
    if (this.#faults.length < LIMITS.logFaults) this.#faults.push(sentence);
  }
}

type LineOf<K extends LogLine["kind"]> = Extract<LogLine, { kind: K }>;

const STAGES: Readonly<Record<LogLine["kind"], number>> = {
  header: 0,
  checkpoint: 1,
  "log-checkpoint": 1,
  record: 2,
  audit: 3,
  end: 4,
};
