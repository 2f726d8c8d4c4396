/** What an edge tells whoever watches it: one JSON object a line with `--json`, and to `watch` at the control socket. */
import type { ClockTrust } from "@lintel/protocol/base/words.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import type { HoldCause } from "../door/hold.ts";

export type EdgeEvent =
  | { readonly event: "record"; readonly record: ShownRecord }
  /** The strike command was given to the bus. `forMs`: how long it releases. */
  | { readonly event: "strike"; readonly door: string; readonly forMs: number }
  /** The door is held open from now on, or no longer; `cause` as in `HoldCause` (edge/door/hold.ts). */
  | { readonly event: "hold"; readonly door: string; readonly open: boolean; readonly cause: HoldCause["kind"] }
  /** A secure session with a Controller stands, or stands no more. */
  | { readonly event: "link"; readonly controller: string; readonly door: string; readonly online: boolean }
  | { readonly event: "port"; readonly bus: string; readonly open: boolean; readonly why: string | null }
  | { readonly event: "authority"; readonly connected: boolean; readonly why: string | null }
  | { readonly event: "keyset"; readonly number: number; readonly digest: string; readonly state: string }
  | { readonly event: "adopted"; readonly site: string; readonly edge: string }
  | { readonly event: "pairing"; readonly door: string; readonly state: "opened" | "paired" | "closed" }
  | { readonly event: "clock"; readonly trust: ClockTrust }
  /** A sentence for people. */
  | { readonly event: "note"; readonly text: string };
