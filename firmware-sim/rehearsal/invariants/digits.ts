/**
 * What somebody typed is in no output: no record, no message, no event, no line of a transcript. Looked for as digits
 * that stand by themselves: within a hash or a time any six may stand.
 */
import type { Invariant } from "./history.ts";

/** Shorter runs of digits stand in every output: lengths, counts, years. */
const CODE_DIGITS = 6;

export const DIGITS: Invariant = {
  name: "digits-reach-no-output",
  says: "what was typed at a keypad stands in no record, message, event or transcript",
  watch: () => {
    const typed = new Set<string>();
    let pattern: RegExp | null = null;
    const found = (text: string, where: string): string | null =>
      pattern?.test(text) === true ? `a typed code stands in ${where}` : null;
    return (happening) => {
      switch (happening.kind) {
        case "step":
          if (happening.step.kind !== "press") return null;
          happening.step.keys.use((keys) => {
            for (const [run] of keys.matchAll(/\d+/g)) if (run.length >= CODE_DIGITS) typed.add(run);
          });
          if (typed.size > 0) pattern = new RegExp(`(?<![0-9a-fA-F])(?:${[...typed].join("|")})(?![0-9a-fA-F])`);
          return null;
        case "told":
          return found(JSON.stringify(happening.event), `what edge ${happening.edge} tells: ${happening.event.event}`);
        case "collected":
          return found(JSON.stringify(happening.record), "a collected record");
        case "message":
          return found(String.fromCharCode(...happening.payload), `a message on ${happening.topic}`);
        case "said":
          return found(happening.text, "the transcript");
        default:
          return null;
      }
    };
  },
};
