/** What a door asks of its Controller, as OSDP commands. Reader 0 and LED 0: one pad, one light. */
import { type Millis, millis } from "@lintel/protocol/base/units.ts";
import type { CommandNamed } from "@lintel/protocol/osdp/commands.ts";
import type { Blink, Light, Tone } from "../door/feedback.ts";

const ZERO = millis(0);

/** Released for `release`, then the Controller re-locks by itself (domain-rules, "Outputs end by themselves"). */
export function strikeCommand(output: number, release: Millis): CommandNamed<"OUT"> {
  return { name: "OUT", outputs: [{ output, action: "onFor", time: inTenths(release) }] };
}

/** Ends what OUT has released. The Controller's own exits and fire go on. */
export function relockCommand(output: number): CommandNamed<"OUT"> {
  return { name: "OUT", outputs: [{ output, action: "off", time: ZERO }] };
}

export function ledCommand(light: Light): CommandNamed<"LED"> {
  const blink = blinking(light.blink);
  const none = { on: ZERO, off: ZERO, onColour: "black", offColour: "black" } as const;
  const timed = light.kind === "timed";
  return {
    name: "LED",
    leds: [
      {
        reader: 0,
        led: 0,
        temporary: timed
          ? { control: "set", ...blink, time: inTenths(light.length) }
          : { control: "nothing", ...none, time: ZERO },
        permanent: timed ? { control: "nothing", ...none } : { control: "set", ...blink },
      },
    ],
  };
}

function blinking({ colour, on, off }: Blink) {
  return { on, off, onColour: colour, offColour: off === 0 ? colour : "black" } as const;
}

export function buzzerCommand({ on, off, count }: Tone): CommandNamed<"BUZ"> {
  return count === 0
    ? { name: "BUZ", reader: 0, tone: "off", on: ZERO, off: ZERO, count: 0 }
    : { name: "BUZ", reader: 0, tone: "default", on, off, count };
}

/** Never shorter than asked for. */
function inTenths(length: Millis): Millis {
  return millis(Math.ceil(length / 100) * 100);
}
