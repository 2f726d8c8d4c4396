/**
 * A site as its file describes it, read and completed: every default stands where it applies, times are numbers, and
 * lists keep the order of the file. One shape for the file, the API and the store (design 5.2).
 * Not here: what an edge gets of it (compile.ts).
 */
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Kind, Role } from "@lintel/protocol/base/words.ts";
import type {
  DayHours,
  KeysetDoor,
  Restriction,
  Schedule,
  WallDate,
  WallTime,
  Window,
} from "@lintel/protocol/keyset/keyset.ts";

/** The digits; `kept` where the file leaves them as they are stored; null for none. */
export type SiteCode = SecretText | "kept" | null;

export interface Site {
  readonly site: {
    readonly id: string;
    readonly name: string;
    /** IANA zone. */
    readonly timezone: string;
    /** ISO 3166-1, two letters. */
    readonly country: string | null;
  };
  readonly edges: readonly { readonly id: string }[];
  readonly buses: readonly SiteBus[];
  readonly doors: readonly SiteDoor[];
  readonly units: readonly SiteUnit[];
  readonly schedules: readonly Schedule[];
  readonly holidays: readonly SiteHoliday[];
  readonly users: readonly SiteUser[];
  /** Kept as written until groups are built. */
  readonly groups: readonly Json[];
  readonly keys: readonly SiteKey[];
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export interface SiteBus {
  readonly id: string;
  readonly edge: string;
  /** A default: the edge's own setting wins. `sim`: a simulated Controller. */
  readonly port: string;
  readonly baud: number;
}

/** As in the keyset, and what concerns the authority alone. */
export interface SiteDoor extends Omit<KeysetDoor, "withheld"> {
  readonly masterCode: SiteCode;
  /** Most codes without a slot at this door. */
  readonly bareCodes: number;
  readonly phones: { readonly pairing: boolean };
}

export interface SiteUnit {
  readonly id: string;
  readonly name: string;
  readonly doors: readonly string[];
}

export type Doors = "all" | readonly string[];

export interface SiteHoliday {
  readonly id: string;
  readonly date: WallDate;
  readonly yearly: boolean;
  readonly doors: Doors;
  readonly hours: "unchanged" | "closed" | readonly DayHours[];
  readonly access: "unchanged" | "suspended";
}

export interface SiteUser {
  readonly id: string;
  readonly name: string;
  /** E.164. */
  readonly phone: string | null;
  readonly email: string | null;
  /** Default of this user's keys that name no kind. */
  readonly kind: Kind;
  readonly language: string | null;
}

export interface SiteKey {
  readonly id: string;
  readonly user: string;
  readonly doors: Doors;
  /** AND of all; empty = none. */
  readonly restrictions: readonly Restriction[];
  readonly role: Role;
  readonly kind: Kind;
  readonly pin: SiteCode;
  readonly duressPin: SiteCode;
  /** As written: a date alone means from its first, and through its last moment (d4.7). */
  readonly validFrom: WallTime | WallDate | null;
  readonly validUntil: WallTime | WallDate | null;
  readonly enabled: boolean;
  readonly issue: number;
  readonly remote: boolean;
  readonly extended: boolean;
  readonly otp: SiteOtp | null;
}

export interface SiteOtp {
  readonly type: "totp" | "hotp";
  /** Base32 (RFC 4648), upper case, without padding. */
  readonly secret: SecretText | "kept";
  /** Typed before the code; text of 2 to 4 digits. */
  readonly slot: string | null;
  readonly digits: 6;
  /** Seconds; TOTP. */
  readonly period: number;
  readonly algorithm: "SHA1" | "SHA256" | "SHA512";
  /** HOTP: where it begins. */
  readonly counter: number;
}

/** The doors that `doors` names, in the order of the site where it names all. */
export function doorsNamed(site: Site, doors: Doors): readonly string[] {
  return doors === "all" ? site.doors.map((door) => door.id) : doors;
}

/** The edge of each door, by the bus its Controller hangs on. */
export function edgesOfDoors(site: Site): ReadonlyMap<string, string> {
  const edges = new Map(site.buses.map((bus) => [bus.id, bus.edge]));
  return new Map(
    site.doors.flatMap((door) => {
      const edge = edges.get(door.controller.bus);
      return edge === undefined ? [] : [[door.id, edge] as const];
    }),
  );
}

/** Names one secret of a site: what it belongs to and which one it is. Where a `kept` one is stored, and asked for. */
export type CodeId =
  | `keys/${string}/pin`
  | `keys/${string}/duressPin`
  | `keys/${string}/otp.secret`
  | `doors/${string}/masterCode`;

/** Every secret that the site names, stored or `kept`, in the order of the file. */
export function codesOf(site: Site): readonly { readonly id: CodeId; readonly code: SecretText | "kept" }[] {
  const found: { id: CodeId; code: SecretText | "kept" }[] = [];
  for (const door of site.doors)
    if (door.masterCode !== null) found.push({ id: `doors/${door.id}/masterCode`, code: door.masterCode });
  for (const key of site.keys) {
    if (key.pin !== null) found.push({ id: `keys/${key.id}/pin`, code: key.pin });
    if (key.duressPin !== null) found.push({ id: `keys/${key.id}/duressPin`, code: key.duressPin });
    if (key.otp !== null) found.push({ id: `keys/${key.id}/otp.secret`, code: key.otp.secret });
  }
  return found;
}

/** Whether its uses are counted or its end depends on the first: such a key lives on one edge (d7.3). */
export function isConsumable(restrictions: readonly Restriction[]): boolean {
  return restrictions.some((restriction) => restriction.kind !== "scheduled");
}

/** The windows that a restriction names itself. */
export function ownWindows(restriction: Restriction): readonly Window[] {
  return restriction.kind === "scheduled" ? restriction.windows : [];
}
