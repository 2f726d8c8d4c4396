/** From what should be to what the pins are told: only what differs is driven. */
import { between } from "@lintel/protocol/base/units.ts";
import { shownText } from "./display.ts";
import { sameLook, shownBy } from "./leds.ts";
import { isReleased, relocksAt } from "./outputs.ts";
import { change, see, type Turn } from "./state.ts";

/** Every output; the strike's polarity turns "released" into current or none. */
export function driveOutputs(turn: Turn): void {
  const { state, now } = turn;
  const { strike } = state.flash.door;
  const released = state.outputs.each.map((_, number) => isReleased(state.outputs, number, now));
  const energised = released.map((on, number) => (number === strike.output && strike.fail === "safe" ? !on : on));
  change(turn, { driven: { ...state.driven, released, energised } });
  energised.forEach((on, output) => {
    if (on !== state.driven.energised[output])
      turn.effects.push({ kind: "drive", drive: { kind: "output", output, energised: on } });
  });
  released.forEach((on, output) => {
    const before = state.driven.released[output];
    // At power-on a locked output is no news.
    if (on === before || (before === null && !on)) return;
    const end = relocksAt(state.outputs, output, now);
    see(turn, { kind: "relay", output, released: on, for: on && end !== null ? between(now, end) : null });
  });
}

/** LEDs, buzzer and display. */
export function driveReader(turn: Turn): void {
  const { state, now } = turn;
  const leds = state.leds.map((led) => shownBy(led, now));
  const text = shownText(state.display, now);
  change(turn, { driven: { ...state.driven, leds, buzzer: state.buzzer.on, text } });
  if (text !== state.driven.text) {
    turn.effects.push({ kind: "drive", drive: { kind: "text", text } });
    see(turn, { kind: "text", text });
  }
  leds.forEach((pattern, led) => {
    const before = state.driven.leds[led];
    if (before && sameLook(before, pattern)) return;
    turn.effects.push({ kind: "drive", drive: { kind: "led", led, pattern } });
    if (before) see(turn, { kind: "led", led, pattern });
  });
  if (state.buzzer.on === state.driven.buzzer) return;
  turn.effects.push({ kind: "drive", drive: { kind: "buzzer", on: state.buzzer.on } });
  if (state.driven.buzzer !== null) see(turn, { kind: "buzzer", on: state.buzzer.on });
}
