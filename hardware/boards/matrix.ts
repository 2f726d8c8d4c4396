/**
 * The keypad matrix of a board that stands at the end of a line. The firmware reads rows 2 ms after it drove a column; a
 * board over Firmata answers when it answers, and a row read too early would be another key. So the matrix is scanned
 * here, each reading waited for, and the firmware scans what the last whole scan found.
 *
 * At rest every column is low and every row pulled up: a key is a row that goes low. A column that is not driven is
 * pulled up, so that two keys of one row never join two outputs.
 */
import type { Clock } from "@lintel/firmware-sim/controller/clock.ts";
import { after } from "@lintel/protocol/base/units.ts";
import { LIMITS } from "./limits.ts";

/** The pins of a keypad, by their place in it. */
export interface MatrixPins {
  readonly rows: number;
  readonly columns: number;
  /** Drives these columns low and no other: bit 0 is the first. */
  driveColumns(mask: number): void;
  /** The rows that read low, as the board last reported them. */
  rowsLow(): number;
  /** Calls once what was driven before is done and every row has been read and reported since. */
  afterReading(call: () => void): void;
}

export class Matrix {
  readonly #pins: MatrixPins;
  readonly #clock: Clock;
  readonly #changed: () => void;
  /** Rows connected, per column, of the last whole scan. */
  #found: readonly number[];
  #scanning = false;
  #ended = false;
  /** The rows under all columns, where nothing has changed since the last scan. */
  #restingRows = 0;
  #forgetAgain = () => {};

  constructor(pins: MatrixPins, clock: Clock, changed: () => void) {
    this.#pins = pins;
    this.#clock = clock;
    this.#changed = changed;
    this.#found = Array.from({ length: pins.columns }, () => 0);
  }

  /** The rows connected under these columns. */
  rowsUnder(columns: number): number {
    return this.#found.reduce((rows, found, column) => ((columns & (1 << column)) === 0 ? rows : rows | found), 0);
  }

  /** The board reported a row. */
  rowReported(): void {
    if (!this.#scanning && !this.#ended && this.#pins.rowsLow() !== this.#restingRows) this.scan();
  }

  /** Looks at every column. */
  scan(): void {
    if (this.#scanning || this.#ended) return;
    this.#scanning = true;
    this.#forgetAgain();
    this.#readColumn(0, []);
  }

  end(): void {
    this.#ended = true;
    this.#forgetAgain();
    this.#pins.driveColumns(0);
  }

  #readColumn(column: number, found: readonly number[]): void {
    if (this.#ended) return;
    if (column === this.#pins.columns) {
      this.#rest(found);
      return;
    }
    this.#pins.driveColumns(1 << column);
    this.#pins.afterReading(() => this.#readColumn(column + 1, [...found, this.#pins.rowsLow()]));
  }

  #rest(found: readonly number[]): void {
    this.#pins.driveColumns((1 << this.#pins.columns) - 1);
    this.#pins.afterReading(() => {
      if (this.#ended) return;
      this.#scanning = false;
      this.#restingRows = this.#pins.rowsLow();
      const before = this.#found;
      this.#found = found;
      // While a key is down, another one in its row cannot be seen at rest.
      if (this.#restingRows !== 0 || found.some((rows) => rows !== 0))
        this.#forgetAgain = this.#clock.wake(after(this.#clock.now(), LIMITS.matrixPause), () => this.scan());
      if (found.some((rows, column) => rows !== before[column])) this.#changed();
    });
  }
}
