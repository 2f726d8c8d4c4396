/** The `pins` of a board file: what is wired to which pin, and what no board can do. */
import { LIMITS as FIRMWARE } from "@lintel/firmware-sim/controller/limits.ts";
import type { Node } from "yaml";
import { type FieldNodes, type FieldReading, isNone, type Read, writtenText } from "./fields.ts";
import { LIMITS } from "./limits.ts";
import {
  type BoardPin,
  type BoardWiring,
  type Contact,
  type Driven,
  type Light,
  pinName,
  readPinName,
} from "./wiring.ts";

const PINS = ["keypad", "outputs", "inputs", "tamper", "leds", "buzzer"];
/** Of the keypad that the firmware knows. */
const ROWS = 4;
const COLUMNS = 3;

export function readWiring(node: Node, reading: FieldReading): Read<BoardWiring> {
  return new WiringReader(reading).read(node);
}

class WiringReader {
  readonly #reading: FieldReading;
  /** What stands on each pin so far. */
  readonly #taken = new Map<string, string>();

  constructor(reading: FieldReading) {
    this.#reading = reading;
  }

  read(node: Node): Read<BoardWiring> {
    const reading = this.#reading;
    const fields = reading.fields(node, "pins", PINS);
    if (fields === undefined) return undefined;
    const outputs = fields.get("outputs");
    if (outputs === undefined) reading.complain(node, "pins.outputs: it is missing; the strike needs one");
    const list = <T>(name: string, min: number, max: number, read: (item: Node, name: string) => Read<T>) => {
      const at = fields.get(name);
      return at === undefined ? [] : reading.list(at, `pins.${name}`, { min, max }, read);
    };
    return whole<BoardWiring>({
      keypad: part(fields, "keypad", (at) => this.#keypad(at)),
      outputs: list("outputs", 1, FIRMWARE.outputs, (item, name) => this.#output(item, name)),
      inputs: list("inputs", 0, FIRMWARE.inputs, (item, name) => this.#contact(item, name)),
      tamper: part(fields, "tamper", (at) => this.#contact(at, "pins.tamper")),
      leds: list("leds", 0, FIRMWARE.leds, (item, name) => this.#light(item, name)),
      buzzer: part(fields, "buzzer", (at) => this.#driven(at, "pins.buzzer")),
    });
  }

  #keypad(node: Node): Read<NonNullable<BoardWiring["keypad"]>> {
    const fields = this.#reading.fields(node, "pins.keypad", ["rows", "columns"]);
    if (fields === undefined) return undefined;
    const line = (name: string, count: number) => {
      const at = fields.get(name);
      if (at === undefined) return this.#reading.complain(node, `pins.keypad.${name}: it is missing`);
      return this.#reading.list(at, `pins.keypad.${name}`, { min: count, max: count }, (item, place) =>
        this.#pin(item, place),
      );
    };
    return whole({ rows: line("rows", ROWS), columns: line("columns", COLUMNS) });
  }

  #output(node: Node, name: string): Read<Driven> {
    const driven = this.#driven(node, name);
    // From its start until it is told otherwise Firmata drives every digital pin low, and opening its port starts it anew.
    if (driven?.active === "low" && driven.pin.kind === "digital")
      return this.#reading.complain(
        node,
        `${name}: active low on a digital pin would pull this relay in whenever the board starts; use a pin A0 to A${LIMITS.analogPin}, or a relay that is active high`,
      );
    return driven;
  }

  #driven(node: Node, name: string): Read<Driven> {
    const fields = this.#reading.fields(node, name, ["pin", "active"]);
    if (fields === undefined) return undefined;
    return whole({ pin: this.#pinOf(fields, node, name), active: this.#active(fields, name) });
  }

  #contact(node: Node, name: string): Read<Contact> {
    const fields = this.#reading.fields(node, name, ["pin", "normally", "pull"]);
    if (fields === undefined) return undefined;
    const normally = fields.get("normally");
    const pull = fields.get("pull");
    return whole<Contact>({
      pin: this.#pinOf(fields, node, name),
      // No default: a contact taken for its opposite is a door that seems closed while it stands open.
      normally:
        normally === undefined
          ? this.#reading.complain(node, `${name}.normally: it is missing; open or closed, as the contact is at rest`)
          : this.#reading.word(normally, `${name}.normally`, ["open", "closed"]),
      pull: pull === undefined ? "internal" : this.#reading.word(pull, `${name}.pull`, ["internal", "external"]),
    });
  }

  #light(node: Node, name: string): Read<Light> {
    const fields = this.#reading.fields(node, name, ["red", "green", "blue", "active"]);
    if (fields === undefined) return undefined;
    const blue = fields.get("blue");
    return whole<Light>({
      red: this.#pinOf(fields, node, name, "red"),
      green: this.#pinOf(fields, node, name, "green"),
      blue: blue === undefined ? null : this.#pin(blue, `${name}.blue`),
      active: this.#active(fields, name),
    });
  }

  #active(fields: FieldNodes, name: string): Read<"high" | "low"> {
    const active = fields.get("active");
    return active === undefined ? "high" : this.#reading.word(active, `${name}.active`, ["high", "low"]);
  }

  #pinOf(fields: FieldNodes, parent: Node, name: string, field = "pin"): Read<BoardPin> {
    const node = fields.get(field);
    if (node === undefined) return this.#reading.complain(parent, `${name}.${field}: it is missing`);
    return this.#pin(node, `${name}.${field}`);
  }

  #pin(node: Node, name: string): Read<BoardPin> {
    const pin = readPinName(writtenText(node) ?? "");
    const last = pin?.kind === "analog" ? LIMITS.analogPin : LIMITS.pin;
    if (pin === null || pin.number > last)
      return this.#reading.complain(node, `${name}: expected a pin: 2 to ${LIMITS.pin}, or A0 to A${LIMITS.analogPin}`);
    if (pin.kind === "digital" && pin.number < 2)
      return this.#reading.complain(node, `${name}: pins 0 and 1 are the serial line that the board is reached by`);
    const holder = this.#taken.get(pinName(pin));
    if (holder !== undefined)
      return this.#reading.complain(node, `${name}: pin ${pinName(pin)} is taken already, by ${holder}`);
    this.#taken.set(pinName(pin), name);
    return pin;
  }
}

/** Null: left out, or said not to be fitted. */
function part<T>(fields: FieldNodes, name: string, read: (node: Node) => Read<T>): Read<T | null> {
  const node = fields.get(name);
  return node === undefined || isNone(node) ? null : read(node);
}

/** All of it, or nothing where a part is faulty. */
function whole<T extends object>(parts: { readonly [K in keyof T]: Read<T[K]> }): Read<T> {
  return Object.values(parts).includes(undefined) ? undefined : (parts as T);
}
