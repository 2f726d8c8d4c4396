/** The LEDs beside the keypad: a permanent pattern each, and a temporary one that ends by itself (facts osdp 5). */
import { after, type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import type { CommandNamed } from "@lintel/protocol/osdp/commands.ts";
import { DARK, type LedPattern } from "./pins.ts";

export type LedRecord = CommandNamed<"LED">["leds"][number];

export interface Led {
  readonly permanent: LedPattern;
  readonly temporary: { readonly pattern: LedPattern; readonly until: Monotonic } | null;
}

export const LED_AT_BOOT: Led = { permanent: DARK, temporary: null };

/** Both parts of a record in one: a new permanent pattern is seen when the temporary one is over. */
export function setLed(led: Led, record: LedRecord, now: Monotonic): Led {
  const { temporary, permanent } = record;
  return {
    permanent: permanent.control === "set" ? patternOf(permanent) : led.permanent,
    temporary:
      temporary.control === "nothing"
        ? led.temporary
        : temporary.control === "cancel"
          ? null
          : { pattern: patternOf(temporary), until: after(now, temporary.time) },
  };
}

export function shownBy({ temporary, permanent }: Led, now: Monotonic): LedPattern {
  return temporary !== null && now < temporary.until ? temporary.pattern : permanent;
}

export function ledDue({ temporary }: Led, now: Monotonic): Monotonic | null {
  return temporary !== null && now < temporary.until ? temporary.until : null;
}

/** One spelling for each look: what does not blink has `off` 0. */
function patternOf({ on, off, onColour, offColour }: Blinking): LedPattern {
  if (on === 0) return { colour: offColour, offColour, on: off, off: on };
  if (off === 0 || onColour === offColour) return { colour: onColour, offColour: onColour, on, off: millis(0) };
  return { colour: onColour, offColour, on, off };
}

type Blinking = Pick<LedRecord["permanent"], "on" | "off" | "onColour" | "offColour">;

export function sameLook(a: LedPattern, b: LedPattern): boolean {
  return a.colour === b.colour && a.offColour === b.offColour && a.on === b.on && a.off === b.off;
}
