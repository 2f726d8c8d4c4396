/**
 * From the last key to the relay on a modelled wire, beside the bytes that must cross it: POLL, KEYPAD and OUT, sealed
 * (facts peers 4.2). The press falls at every phase of the poll cycle alike.
 */
import { transmitTime } from "@lintel/edge/bus/line.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import type { Figure } from "./figure.ts";
import { CODE, ModelledSite } from "./modelled-site.ts";

/** Steps of this share of any cycle fill it evenly. */
const GOLDEN = 0.618_033_988_749_895;
/** As long as the longest poll cycle here, in ms. */
const CYCLE = 300;

/** How long to wait before press number `sample`, so that presses fall at every phase of the poll cycle alike; in ms. */
export function phaseOf(sample: number): number {
  return (sample * GOLDEN * CYCLE) % CYCLE;
}

export interface WireTimes {
  /** From the firmware's taking of the key, and from the finger, to the relay. */
  readonly fromKey: number[];
  readonly fromFinger: number[];
  /** Bytes of POLL, KEYPAD and OUT on the wire, marks included. */
  readonly bytes: number[];
}

export function modelledTimes(baud: number, doors: number, samples: number): WireTimes {
  const site = new ModelledSite({ baud, doors, keys: 1, begins: instant(Date.UTC(2026, 10, 23, 12)) });
  const pad = site.controllers[0]!;
  const times: WireTimes = { fromKey: [], fromFinger: [], bytes: [] };
  const now = () => site.clock.now() as number;
  let finger = 0;
  let key = 0;
  pad.onEvent((event) => {
    if (event.kind === "key") key = now();
    if (event.kind !== "relay" || !event.released) return;
    times.fromKey.push(now() - key);
    times.fromFinger.push(now() - finger);
    times.bytes.push(crossed(site));
  });
  for (let sample = 0; sample < samples; sample += 1) {
    site.clock.pass(phaseOf(sample));
    pad.command(`press ${CODE}`);
    site.clock.pass(pad.restsAt() - now());
    finger = now();
    pad.command("press #");
    // Past the release: the next grant is seen as a change of the relay.
    site.clock.pass(1000);
    site.sent.length = 0;
  }
  return times;
}

/** At the moment in which the relay moves: the last command is the OUT, before it the KEYPAD and the POLL for it. */
function crossed({ sent }: ModelledSite): number {
  const last = (from: string, before: number) => sent.findLastIndex((each, at) => each.from === from && at < before);
  const out = last("edge", sent.length);
  const keypad = last("controller", out);
  const poll = last("edge", keypad);
  return [poll, keypad, out].reduce((sum, at) => sum + (sent[at]?.bytes ?? Number.NaN), 0);
}

export function wireFigures(samples: number): Figure[] {
  return [9600, 115_200].flatMap((baud) =>
    [1, 8].flatMap((doors) => {
      const times = modelledTimes(baud, doors, samples);
      const name = `${baud.toLocaleString("en-US")} baud, ${doors} ${doors === 1 ? "Controller" : "Controllers"}`;
      const bytes = times.bytes[0] ?? Number.NaN;
      const floor = times.bytes.map((count) => transmitTime(count, baud) as number);
      const beside = { what: `the ${bytes} bytes that must cross`, samples: floor };
      const key: Figure = { what: `modelled: key taken to relay, ${name}`, unit: "ms", samples: times.fromKey, beside };
      const finger = { ...key, what: `modelled: finger to relay, ${name}`, samples: times.fromFinger };
      return doors === 1 ? [key, finger] : [key];
    }),
  );
}
