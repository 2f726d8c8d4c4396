/** Differences of a door, and which of them leave it open longer or to more. */
import type { Mode } from "@lintel/protocol/base/words.ts";
import { weekOf } from "../calendar/week.ts";
import { always, type FieldRule, type In, type Kind, never } from "./change.ts";
import { windowText } from "./days.ts";
import { isWeekWithin, isWithin, sameCode } from "./diff-key.ts";
import { lengthText } from "./lengths.ts";
import type { SiteDoor } from "./site.ts";

type Rule = FieldRule<SiteDoor>;

/** A number that lets more when it is larger. */
function larger(field: string, of: (door: SiteDoor) => number, say: (value: number) => string = String): Rule {
  return { field, say: ({ one }) => say(of(one)), widens: (was, is) => of(is.one) > of(was.one) };
}

const time = (value: number) => lengthText(value as SiteDoor["heldOpenAfter"]);

/** An input by which the Controller releases the strike by itself: fitting or moving one is a new way to open. */
function releasing(field: "rex" | "fireRelease"): Rule {
  return { field, say: ({ one }) => sayInput(one[field]), widens: (_, is) => is.one[field] !== null };
}

export const DOOR: Kind<SiteDoor> = {
  list: "doors",
  title: ({ one }) => `door ${one.id} (${one.name})`,
  summary: ({ one }) => `bus ${one.controller.bus}, address ${one.controller.address}`,
  fields: [
    { field: "name", say: ({ one }) => one.name, widens: never },
    { field: "timezone", say: ({ one }) => one.timezone, widens: always },
    {
      field: "controller",
      say: ({ one }) => `${one.controller.bus} ${one.controller.address}`,
      widens: always,
    },
    { field: "strike.output", say: ({ one }) => String(one.strike.output), widens: always },
    larger("strike.release", ({ strike }) => strike.release, time),
    larger("strike.extendedRelease", ({ strike }) => strike.extendedRelease, time),
    { field: "strike.fail", say: ({ one }) => one.strike.fail, widens: (_, is) => is.one.strike.fail === "safe" },
    { field: "contact", say: ({ one }) => sayInput(one.contact), widens: never },
    releasing("rex"),
    releasing("fireRelease"),
    { field: "heldOpenAfter", say: ({ one }) => time(one.heldOpenAfter), widens: never },
    { field: "preAlarm", say: ({ one }) => time(one.preAlarm), widens: never },
    {
      field: "masterCode",
      say: ({ one }) => (one.masterCode === null ? "none" : "a code"),
      same: (was, is) => sameCode(was.one.masterCode, is.one.masterCode),
      widens: (was) => was.one.masterCode === null,
    },
    {
      field: "mode",
      say: ({ one }) => one.mode,
      widens: (was, is) => !isWithin(OPEN_TO[is.one.mode], OPEN_TO[was.one.mode]),
    },
    { field: "codeEntry", say: ({ one }) => sayEntry(one), widens: never },
    // Pads that leave a group count wrong entries apart: more guesses.
    {
      field: "keypadGroup",
      say: ({ one }) => one.keypadGroup ?? "none",
      widens: (was) => was.one.keypadGroup !== null,
    },
    {
      field: "interlock",
      say: ({ one }) => one.interlock.join(", ") || "none",
      widens: (was, is) => !isWithin(was.one.interlock, is.one.interlock),
    },
    { field: "giveBack", say: ({ one }) => String(one.giveBack), widens: (_, is) => is.one.giveBack },
    { field: "clockUnknown", say: ({ one }) => one.clockUnknown, widens: (_, is) => is.one.clockUnknown === "allow" },
    larger("bareCodes", ({ bareCodes }) => bareCodes),
    {
      field: "phones.pairing",
      say: ({ one }) => String(one.phones.pairing),
      widens: (_, is) => is.one.phones.pairing,
    },
    { field: "businessHours", say: ({ one }) => sayHours(one), widens: hoursWiden },
  ],
};

/** Who and what a mode lets open: kinds of keys, the master code, business hours (domain-rules, "Modes and hours"). */
const OPEN_TO: Readonly<Record<Mode, readonly string[]>> = {
  normal: ["staff", "resident", "tour", "guest", "master", "hours"],
  tour: ["staff", "tour", "master", "hours"],
  resident: ["staff", "resident", "guest", "master", "hours"],
  privacy: ["master"],
  vacation: ["master", "remote"],
  lockdown: [],
};

function hoursWiden(was: In<SiteDoor>, is: In<SiteDoor>): boolean {
  const [before, after] = [was.one.businessHours, is.one.businessHours];
  if (after === null) return false;
  if (before === null || !isWeekWithin(weekOf(after.windows), weekOf(before.windows))) return true;
  const [once, now] = [before.firstIn, after.firstIn];
  if (!now.required) return once.required;
  if (!once.required) return false;
  if (now.grace > once.grace) return true;
  if (now.who === "admins" || once.who === "admins") return now.who !== once.who;
  return !isWithin(now.who, once.who);
}

function sayInput(input: number | null): string {
  return input === null ? "not fitted" : `input ${input}`;
}

function sayEntry({ codeEntry: { submit, clear, autoSubmit, timeout } }: SiteDoor): string {
  const cleared = clear.length === 0 ? "nothing" : clear.join("");
  return `${submit.join("")} submits, ${cleared} clears${autoSubmit ? ", by itself at 6" : ""}, ${time(timeout)}`;
}

function sayHours({ businessHours }: SiteDoor): string {
  if (businessHours === null) return "none";
  const { windows, firstIn } = businessHours;
  const who = firstIn.who === "admins" ? "admins" : firstIn.who.join(" ");
  const first = firstIn.required ? `first in ${who}, ${time(firstIn.grace)} before` : "without first-in";
  return `${windows.map(windowText).join(", ")}; ${first}`;
}
