/** Faults, and what is set of them, in words for people. */
import { expectation, type Fault, type FaultKind, sayLength } from "@lintel/firmware-sim/board/faults/fault.ts";

/** Its name, what it befalls and why, and under it what can be set. */
export function sayFault({ name, place, cause, lasts, parameters }: FaultKind): string {
  const settings = Object.entries(parameters).map(([field, parameter]) => {
    const { about, kind, default: usual } = parameter;
    const value = kind === "duration" ? sayLength(usual) : usual;
    return `    ${field}: ${about}; ${expectation(parameter)}, else ${value}`;
  });
  return [`${name} (${place}${lasts ? ", until for or off" : ", at once"}): ${cause}`, ...settings].join("\n");
}

/** As they would be written: `every=1s length=5ms`. */
export function saySettings({ parameters }: FaultKind, settings: Fault["settings"]): string {
  return Object.entries(parameters)
    .map(([name, { kind }]) => `${name}=${kind === "duration" ? sayLength(Number(settings[name])) : settings[name]}`)
    .join(" ");
}
