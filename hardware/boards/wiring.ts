/** What is wired to which pin of a board. Contacts always close to ground, against a pull-up. */

/** As printed beside it: `7`, or `A2`. */
export interface BoardPin {
  readonly kind: "digital" | "analog";
  readonly number: number;
}

/** Something that is on at one level. */
export interface Driven {
  readonly pin: BoardPin;
  readonly active: "high" | "low";
}

/** A contact between a pin and ground. */
export interface Contact {
  readonly pin: BoardPin;
  /** At rest: leaf closed, button up, no fire, housing closed. */
  readonly normally: "open" | "closed";
  /** Whose resistor pulls the pin up. */
  readonly pull: "internal" | "external";
}

/** A LED of two colours or three. */
export interface Light {
  readonly red: BoardPin;
  readonly green: BoardPin;
  readonly blue: BoardPin | null;
  readonly active: "high" | "low";
}

/** What is null is not fitted. */
export interface BoardWiring {
  /** Four rows and three columns, from the top left. */
  readonly keypad: { readonly rows: readonly BoardPin[]; readonly columns: readonly BoardPin[] } | null;
  readonly outputs: readonly Driven[];
  readonly inputs: readonly Contact[];
  readonly tamper: Contact | null;
  readonly leds: readonly Light[];
  readonly buzzer: Driven | null;
}

export function pinName({ kind, number }: BoardPin): string {
  return kind === "analog" ? `A${number}` : String(number);
}

/** Null: no name of a pin. */
export function readPinName(text: string): BoardPin | null {
  const shape = /^(A?)(\d{1,3})$/.exec(text);
  return shape === null ? null : { kind: shape[1] === "A" ? "analog" : "digital", number: Number(shape[2]) };
}
