/** What `lintel doctor` looks at, as plain values: the probes find them, the findings judge them. No secrets in any. */
import type { EdgeStatus } from "@lintel/edge/box/status.ts";
import type { Holder } from "@lintel/hardware/serial/device.ts";
import type { DiskFault } from "@lintel/protocol/base/disk-fault.ts";

export interface RuntimeFacts {
  /** `20.19.1` */
  readonly node: string;
  /** `2025b`; null: built without. */
  readonly zones: string | null;
}

export interface PortFacts {
  readonly bus: string;
  /** Null: no port is named for the line. */
  readonly path: string | null;
  readonly state: "there" | "missing" | "forbidden" | "wrong" | "elsewhere";
  readonly group: string | null;
  /** Others than the edge of this data folder. */
  readonly holders: readonly Holder[];
  /** Ms that a USB adapter holds bytes; null: none that says so. */
  readonly latency: number | null;
  readonly latencyFile: string;
  /** What the running edge says of it; null: no edge runs, or not on this port. */
  readonly edge: { readonly open: boolean; readonly why: string | null } | null;
}

export interface ClockFacts {
  /** Null: nobody could be asked. */
  readonly synchronised: boolean | null;
  readonly hardwareClock: boolean;
  readonly edge: EdgeStatus["clock"] | null;
}

export interface BrokerFacts {
  /** Without credentials; null: nobody named one yet. */
  readonly url: string | null;
  /** Null: reached. */
  readonly unreachable: string | null;
  /** Whether the running edge is logged in; null: no edge runs. */
  readonly connected: boolean | null;
}

export interface DiskFacts {
  readonly folder: string;
  readonly exists: boolean;
  readonly fault: { readonly kind: DiskFault; readonly why: string } | null;
  /** Ms of one synced write. */
  readonly syncMs: number | null;
  readonly freeBytes: number | null;
  /** `tmpfs`, where the kind of the file system is one to speak of. */
  readonly fileSystem: "tmpfs" | "ramfs" | "nfs" | "smb" | null;
  /** Records of the running edge wait for its disk. */
  readonly storeFails: boolean;
}

export interface EdgeFacts {
  readonly folder: string;
  /** An edge ran on this folder once. */
  readonly known: boolean;
  readonly status: EdgeStatus | null;
}
