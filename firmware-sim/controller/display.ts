/** The display of a reader: one line, a permanent text, and a temporary one that ends by itself (facts osdp 3, TEXT). */
import { after, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { CommandNamed } from "@lintel/protocol/osdp/commands.ts";
import { LIMITS } from "./limits.ts";

export interface Display {
  readonly permanent: string;
  readonly temporary: { readonly text: string; readonly until: Monotonic } | null;
}

export const BLANK_DISPLAY: Display = { permanent: "", temporary: null };

/** Null: it has no such row or column. What does not fit the line is cut off; wrapped, it has no second line to go to. */
export function showText(display: Display, command: CommandNamed<"TEXT">, now: Monotonic): Display | null {
  const { control, time, row, column, text } = command;
  if (row !== 1 || column > LIMITS.displayColumns) return null;
  if (control === "permanent" || control === "permanentWrapped") {
    return { ...display, permanent: written(display.permanent, column, text) };
  }
  const over = shownText(display, now);
  return { ...display, temporary: { text: written(over, column, text), until: after(now, time) } };
}

/** From the column on the line is the new text's: what stood behind it goes. */
function written(line: string, column: number, text: string): string {
  const before = line.slice(0, column - 1).padEnd(column - 1);
  return `${before}${text}`.slice(0, LIMITS.displayColumns).trimEnd();
}

export function shownText({ permanent, temporary }: Display, now: Monotonic): string {
  return temporary !== null && now < temporary.until ? temporary.text : permanent;
}

export function displayDue({ temporary }: Display, now: Monotonic): Monotonic | null {
  return temporary !== null && now < temporary.until ? temporary.until : null;
}
