/**
 * The person at a simulated Controller: the lines of `lintel sim` (design 5.3), done with fingers that take their time.
 * Nothing said here repeats what was typed: it may be a code.
 */
import { after, type Millis, type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import { isKey, type Key } from "../controller/keypad.ts";
import type { DoorSettings } from "../controller/settings.ts";
import type { SimulatedBoard } from "./board.ts";
import { readCard } from "./card.ts";
import type { Clock } from "./clock.ts";
import { LIMITS } from "./limits.ts";

/** How long a key is down, and up before the next one. */
export interface Fingers {
  readonly down: Millis;
  readonly up: Millis;
}

export const PRACTISED: Fingers = { down: LIMITS.keyDown, up: LIMITS.keyUp };
/** As fast as the firmware can follow. */
export const QUICKEST: Fingers = { down: LIMITS.quickKeyDown, up: LIMITS.quickKeyUp };

/** What a person reaches beside the pins. */
export interface Surroundings {
  power(on: boolean): void;
  brownout(): void;
  door(): DoorSettings;
  /** A card reader is fitted. */
  readonly cards: boolean;
}

/** The lines that a person understands, for a help text. */
export const PERSON_LINES = [
  "press KEYS       types 0-9 * # one after the other",
  "hold KEY MS      holds one key down",
  "door open        pulls the leaf: it opens if the strike is released",
  "door close       pushes it shut",
  "door force       opens it whatever holds it",
  "card HEX [BITS]  holds a card before the reader",
  "rex              presses the exit button",
  "fire on|off      the fire contact, where one is fitted",
  "tamper on|off    opens or closes the housing",
  "power off|on|brownout",
] as const;

export class Person {
  readonly #board: SimulatedBoard;
  readonly #clock: Clock;
  readonly #around: Surroundings;
  readonly #fingers: Fingers;
  /** When the last key comes up. */
  #fingerFree: Monotonic;
  #restsAt: Monotonic;
  /** Key strokes that were begun or wait; taken back when the person leaves. */
  readonly #planned = new Set<() => void>();

  constructor(board: SimulatedBoard, clock: Clock, around: Surroundings, fingers: Fingers = PRACTISED) {
    this.#board = board;
    this.#clock = clock;
    this.#around = around;
    this.#fingers = fingers;
    this.#fingerFree = clock.now();
    this.#restsAt = clock.now();
  }

  /** Null: done, or begun. Else a sentence that says why not. */
  command(line: string): string | null {
    const [verb = "", ...words] = line.trim().split(/\s+/);
    switch (verb) {
      case "press":
        return this.#press(words);
      case "hold":
        return this.#hold(words);
      case "door":
        return this.#door(words);
      case "card":
        return this.#card(words);
      case "rex":
        return words.length > 0 ? "rex takes nothing behind it" : this.#rex();
      case "fire":
        return this.#fire(words);
      case "tamper":
        return oneOf(words, "tamper on|off", { on: () => this.#tamper(true), off: () => this.#tamper(false) });
      case "power":
        return oneOf(words, "power off|on|brownout", {
          on: () => this.#around.power(true),
          off: () => this.#around.power(false),
          brownout: () => this.#around.brownout(),
        });
      default:
        return "not a command: press, hold, card, door, rex, fire, tamper or power";
    }
  }

  restsAt(): Monotonic {
    const leaf = this.#board.leafRests();
    return leaf > this.#restsAt ? leaf : this.#restsAt;
  }

  leave(): void {
    for (const takeBack of this.#planned) takeBack();
    this.#planned.clear();
  }

  #press(words: readonly string[]): string | null {
    const keys = [...words.join("")];
    if (keys.length === 0 || !keys.every(isKey)) return "press takes keys: 0-9, * and #";
    if (keys.length > LIMITS.typing) return `press takes at most ${LIMITS.typing} keys`;
    return this.#stroke(keys as Key[], this.#fingers.down);
  }

  #hold([key = "", length = "", ...more]: readonly string[]): string | null {
    const ms = /^\d{1,9}$/.test(length) ? Number(length) : 0;
    if (!isKey(key) || ms === 0 || ms > LIMITS.hold || more.length > 0)
      return `hold takes a key (0-9, * or #) and a time of 1 to ${LIMITS.hold} ms`;
    return this.#stroke([key], millis(ms));
  }

  #stroke(keys: readonly Key[], down: Millis): string | null {
    const now = this.#clock.now();
    const each = (down + this.#fingers.up) as Millis;
    let at = this.#fingerFree > now ? this.#fingerFree : now;
    if ((at - now) / (this.#fingers.down + this.#fingers.up) > LIMITS.typing)
      return "too many keys are waiting to be typed";
    for (const key of keys) {
      this.#plan(at, () => this.#board.keys.move(key, true));
      this.#plan(after(at, down), () => this.#board.keys.move(key, false));
      at = after(at, each);
    }
    this.#fingerFree = at;
    this.#busyUntil(at);
    return null;
  }

  #door(words: readonly string[]): string | null {
    const opens = { open: () => this.#board.openLeaf(), force: () => this.#board.forceLeaf() };
    const move = words.length === 1 && (words[0] === "open" || words[0] === "force") ? opens[words[0]] : null;
    if (move !== null) return move() ? null : `the door does not open: ${this.#whyShut()}`;
    return oneOf(words, "door open|close|force", { close: () => this.#board.closeLeaf() });
  }

  #whyShut(): string {
    return this.#board.isJammed ? "its strike is released, and jammed" : "the strike is not released";
  }

  #card(words: readonly string[]): string | null {
    if (!this.#around.cards) return "no card reader is fitted";
    const card = readCard(words);
    if (!card.ok) return card.error;
    this.#board.card(card.value);
    return null;
  }

  #rex(): string | null {
    if (this.#around.door().rex === null) return "no exit button is fitted";
    const up = after(this.#clock.now(), LIMITS.rexPress);
    this.#board.rex(true);
    this.#plan(up, () => this.#board.rex(false));
    this.#busyUntil(up);
    return null;
  }

  #fire(words: readonly string[]): string | null {
    if (this.#around.door().fire === null) return "no fire contact is fitted";
    return oneOf(words, "fire on|off", { on: () => this.#board.fire(true), off: () => this.#board.fire(false) });
  }

  #tamper(on: boolean): void {
    this.#board.tamper(on);
  }

  #busyUntil(at: Monotonic): void {
    if (at > this.#restsAt) this.#restsAt = at;
  }

  #plan(at: Monotonic, act: () => void): void {
    if (at <= this.#clock.now()) {
      act();
      return;
    }
    const takeBack = this.#clock.wake(at, () => {
      this.#planned.delete(takeBack);
      act();
    });
    this.#planned.add(takeBack);
  }
}

function oneOf(words: readonly string[], grammar: string, acts: Readonly<Record<string, () => void>>): string | null {
  const word = words[0] ?? "";
  if (words.length !== 1 || !Object.hasOwn(acts, word)) return `it is: ${grammar}`;
  acts[word]!();
  return null;
}
