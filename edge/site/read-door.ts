/** The fields of a door and of its bus, with the defaults of design 5.2. */
import { millis } from "@lintel/protocol/base/units.ts";
import { MODES } from "@lintel/protocol/base/words.ts";
import { BAUDS, LIMITS } from "./limits.ts";
import { choice, fields, flag, listOf, optional, type Reader, required, text, whole, word, wordOr } from "./reader.ts";
import type { Site, SiteBus, SiteDoor } from "./site.ts";
import { code, id, ids, length, name, someWindows, zone } from "./values.ts";

export const bus: Reader<SiteBus> = fields<SiteBus>("a bus", {
  id: required(id),
  edge: required(id),
  port: required(text("a serial port, or sim", LIMITS.portLength)),
  // What every OSDP device speaks when it leaves its maker (OSDP 2.2).
  baud: optional(choice("a baud rate", BAUDS), 9600),
});

type Strike = Omit<SiteDoor["strike"], "extendedRelease"> & { readonly extendedRelease: number | null };

const release = length("a release", LIMITS.releaseMin, LIMITS.release);

const strike = fields<Strike>("a strike", {
  output: optional(whole("an output", 0, LIMITS.output), 0),
  release: optional(release, millis(5000)),
  extendedRelease: optional(release, null),
  fail: optional(word(["secure", "safe"] as const), "secure" as const),
});

const STRIKE: Strike = { output: 0, release: millis(5000), extendedRelease: null, fail: "secure" };

const input = fields<{ input: number }>("an input", { input: required(whole("an input", 0, LIMITS.input)) });

const key = word(["#", "*"] as const);

const CODE_ENTRY: SiteDoor["codeEntry"] = {
  submit: ["#"],
  clear: ["*"],
  autoSubmit: false,
  timeout: LIMITS.codeEntryTimeout,
};

const codeEntry = fields<SiteDoor["codeEntry"]>("codeEntry", {
  submit: optional(listOf("a list of # and *", key, { max: 2 }), CODE_ENTRY.submit),
  clear: optional(listOf("a list of # and *", key, { max: 2 }), CODE_ENTRY.clear),
  autoSubmit: optional(flag, CODE_ENTRY.autoSubmit),
  timeout: optional(length("a timeout", LIMITS.codeEntryTimeoutMin, LIMITS.codeEntryTimeout), CODE_ENTRY.timeout),
});

type BusinessHours = NonNullable<SiteDoor["businessHours"]>;

const FIRST_IN: BusinessHours["firstIn"] = { required: true, grace: millis(1_800_000), who: "admins" };

const businessHours = fields<BusinessHours>("businessHours", {
  windows: required(someWindows),
  firstIn: optional(
    fields<BusinessHours["firstIn"]>("firstIn", {
      required: optional(flag, FIRST_IN.required),
      grace: optional(length("a grace", millis(0), LIMITS.grace), FIRST_IN.grace),
      who: optional(wordOr(["admins"], ids("admins, or a list of user ids", LIMITS.users)), FIRST_IN.who),
    }),
    FIRST_IN,
  ),
});

export interface RawDoor extends Omit<SiteDoor, "name" | "timezone" | "strike" | "contact" | "rex" | "fireRelease"> {
  readonly name: string | null;
  readonly timezone: string | null;
  readonly strike: Strike;
  readonly contact: { readonly input: number } | null;
  readonly rex: { readonly input: number } | null;
  readonly fireRelease: { readonly input: number } | null;
}

export const door: Reader<RawDoor> = fields<RawDoor>("a door", {
  id: required(id),
  name: optional(name, null),
  timezone: optional(zone, null),
  controller: required(
    fields<SiteDoor["controller"]>("a controller", {
      bus: required(id),
      address: required(whole("an address", 0, LIMITS.controllerAddress)),
    }),
  ),
  strike: optional(strike, STRIKE),
  contact: optional(input, null),
  rex: optional(input, null),
  fireRelease: optional(input, null),
  heldOpenAfter: optional(length("a length of time", LIMITS.heldOpenMin, LIMITS.heldOpen), millis(30_000)),
  preAlarm: optional(length("a length of time", millis(0), LIMITS.preAlarm), millis(10_000)),
  masterCode: optional(code("a master code"), null),
  mode: optional(word(MODES), "normal" as const),
  codeEntry: optional(codeEntry, CODE_ENTRY),
  keypadGroup: optional(id, null),
  interlock: optional(ids("a list of door ids", LIMITS.doors), []),
  giveBack: optional(flag, false),
  clockUnknown: optional(word(["deny", "allow"] as const), "deny" as const),
  bareCodes: optional(whole("a number of codes", 0, LIMITS.bareCodes), 250),
  phones: optional(fields<SiteDoor["phones"]>("phones", { pairing: optional(flag, false) }), { pairing: false }),
  businessHours: optional(businessHours, null),
});

/** Gives a door what the file left to its defaults. */
export function completeDoor(raw: RawDoor, site: Site["site"]): SiteDoor {
  // Never past what one timed OUT can hold.
  const extended = raw.strike.extendedRelease ?? Math.min(3 * raw.strike.release, LIMITS.release);
  return {
    ...raw,
    name: raw.name ?? raw.id,
    timezone: raw.timezone ?? site.timezone,
    strike: { ...raw.strike, extendedRelease: millis(extended) },
    // A key that submits does not clear as well: then only the timeout does (d2.2).
    codeEntry: { ...raw.codeEntry, clear: raw.codeEntry.clear.filter((each) => !raw.codeEntry.submit.includes(each)) },
    contact: raw.contact?.input ?? null,
    rex: raw.rex?.input ?? null,
    fireRelease: raw.fireRelease?.input ?? null,
  };
}
