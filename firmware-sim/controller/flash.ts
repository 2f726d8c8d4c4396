/** Where a Controller's settings and keys outlive a power cut. */
import type { FlashContents } from "./settings.ts";

export interface Flash {
  /** Null: blank. */
  read(): FlashContents | null;
  /** Durable when it returns. */
  write(contents: FlashContents): void;
}

export function memoryFlash(contents: FlashContents | null = null): Flash {
  let held = contents;
  return {
    read: () => held,
    write: (written) => {
      held = written;
    },
  };
}
