/** Nothing that happened is lost: what an edge recorded is at the authority, once, in its order and without a gap. */
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import type { Happening, Invariant } from "./history.ts";

/** An acknowledgement that got lost is asked for again after 10 s. */
const ON_ITS_WAY = 30_000;

interface Journal {
  head: number;
  collected: number;
  /** Written and not yet collected, by number. */
  readonly waiting: Map<number, { readonly text: string; readonly at: number }>;
  /** Durable, but the power or the disk failed before anybody was told. */
  readonly untold: Set<number>;
}

/** Fields of the detail have no order of their own. */
function asText(record: ShownRecord): string {
  return JSON.stringify({ ...record, detail: Object.entries(record.detail).sort(([a], [b]) => (a < b ? -1 : 1)) });
}

type Of<K extends Happening["kind"]> = Extract<Happening, { kind: K }>;

export const RECORDS: Invariant = {
  name: "every-record-arrives-once",
  says: "the authority holds every record of every edge once, as the edge wrote it, without a gap",
  watch: ({ site }) => {
    const journals = new Map<string, Journal>(
      site.edges.map(({ id }) => [id, { head: 0, collected: 0, waiting: new Map(), untold: new Set() }]),
    );
    let faulty = false;
    /** Edges whose authority is an old one, put back: it collects anew what it forgot. */
    const forgotten = new Set<string>();
    const write = ({ edge, record, at }: Of<"record">): string | null => {
      const journal = journals.get(edge)!;
      const { head } = journal;
      if (record.seq <= head) return `edge ${edge} writes record ${record.seq} behind ${head}`;
      if (record.seq > head + 1 && !faulty && record.event !== "edge-started")
        return `edge ${edge} writes record ${record.seq} behind ${head}: a gap`;
      for (let seq = head + 1; seq < record.seq; seq += 1) journal.untold.add(seq);
      journal.head = record.seq;
      journal.waiting.set(record.seq, { text: asText(record), at });
      return null;
    };
    const collect = ({ edge, record }: Of<"collected">): string | null => {
      const journal = journals.get(edge)!;
      const { seq } = record;
      const expected = journal.collected + 1;
      if (seq <= expected && forgotten.delete(edge)) journal.collected = seq - 1;
      else if (seq !== expected) return `the authority collects record ${seq} of ${edge}, expected ${expected}`;
      journal.collected = seq;
      const written = journal.waiting.get(seq);
      journal.waiting.delete(seq);
      // A record may be collected before its edge, cut off in the middle of a turn, told it here.
      if (written === undefined) return null;
      return written.text === asText(record) ? null : `record ${seq} of ${edge} is another at the authority`;
    };
    const missing = (at: number): string | null => {
      for (const [edge, { waiting, collected, untold }] of journals) {
        const late = [...waiting].filter(([, written]) => written.at + ON_ITS_WAY < at);
        if (late.length > 0) return `record ${late[0]![0]} of ${edge} and ${late.length - 1} more never arrived`;
        const lost = [...untold].find((seq) => seq > collected);
        if (lost !== undefined) return `record ${lost} of ${edge} never arrived`;
      }
      return null;
    };
    return (happening) => {
      if (happening.kind === "step" && happening.step.kind === "fault") {
        faulty = true;
        if (happening.step.fault.kind.name === "authority-restored")
          for (const edge of journals.keys()) forgotten.add(edge);
      }
      if (happening.kind === "record") return write(happening);
      if (happening.kind === "collected") return collect(happening);
      return happening.kind === "healed" || happening.kind === "over" ? missing(happening.at) : null;
    };
  },
};
