/**
 * What keys have used up, as the decision asks for it: mirrored in memory from the store at the start, and raised by
 * each use once it is durable. Consumption belongs to (key, issue): only an explicit re-issue begins again (d7).
 * What was given back (d7.2) is counted beside the uses and never taken off them, so that every number only rises.
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { Uses as NetUses, UsesView } from "../access/decide.ts";
import type { StoredOtp, StoredUses, UsesAtDoor } from "./journal.ts";

/** One use: of which issue of a key, and where. */
export interface Use {
  readonly key: string;
  readonly issue: number;
  readonly door: string;
}

export class Uses implements UsesView {
  readonly #stored = new Map<string, StoredUses>();
  /** The lowest moving factor that each token is still taken at. */
  readonly #otps = new Map<string, number>();
  /** The highest issue of each key of which something was used. */
  readonly #issues = new Map<string, number>();

  constructor(stored: readonly StoredUses[], otps: readonly StoredOtp[]) {
    for (const uses of stored) this.take(uses);
    for (const otp of otps) this.takeOtp(otp);
  }

  /** What is used up: uses that were given back are none. */
  usesOf(key: string, issue: number): NetUses {
    const superseded = this.#superseded(key, issue) ? { superseded: true } : {};
    const stored = this.#stored.get(name(key, issue));
    if (stored === undefined) return { count: 0, doors: [], firstAt: null, ...superseded };
    const count = stored.count - stored.given;
    const doors = stored.doors.filter((at) => at.count > at.given).map(({ door }) => door);
    return { count, doors, firstAt: count === 0 ? null : stored.firstAt, ...superseded };
  }

  /** None is left of an issue that was superseded. */
  otpNextOf(key: string, issue: number): number {
    return this.#superseded(key, issue) ? Number.MAX_SAFE_INTEGER : this.#otpNext(key, issue);
  }

  #otpNext(key: string, issue: number): number {
    return this.#otps.get(name(key, issue)) ?? 0;
  }

  #superseded(key: string, issue: number): boolean {
    return issue < (this.#issues.get(key) ?? 0);
  }

  #sawIssue(key: string, issue: number): void {
    if (issue > (this.#issues.get(key) ?? 0)) this.#issues.set(key, issue);
  }

  /** One more use of `key` at `door`: what must be durable before the strike is driven. Changes nothing here. */
  plan({ key, issue, door }: Use, at: Instant): StoredUses {
    const stored = this.#stored.get(name(key, issue));
    const { count = 0, given = 0, doors = [] } = stored ?? {};
    const here = doors.find((each) => each.door === door) ?? { door, count: 0, given: 0 };
    const firstAt = this.usesOf(key, issue).firstAt ?? at;
    return { key, issue, count: count + 1, given, doors: placed(doors, { ...here, count: here.count + 1 }), firstAt };
  }

  /** One use of `key` at `door` is no use any more. Null where there is none left to give back. Changes nothing here. */
  planBack({ key, issue, door }: Use): StoredUses | null {
    const stored = this.#stored.get(name(key, issue));
    const here = stored?.doors.find((each) => each.door === door);
    if (stored === undefined || here === undefined || here.given >= here.count) return null;
    return { ...stored, given: stored.given + 1, doors: placed(stored.doors, { ...here, given: here.given + 1 }) };
  }

  /** `uses` is durable now. */
  take(uses: StoredUses): void {
    const { key, issue, count, given } = uses;
    const held = this.#stored.get(name(key, issue)) ?? { count: 0, given: 0 };
    const rises = count >= held.count && given >= held.given && count + given > held.count + held.given;
    const whole = Number.isSafeInteger(count) && Number.isSafeInteger(given) && given <= count;
    invariant(rises && whole, "a count only rises", { key, issue, held: held.count, count, given });
    this.#stored.set(name(key, issue), uses);
    this.#sawIssue(key, issue);
  }

  /** `next` is durable now. */
  takeOtp({ key, issue, next }: StoredOtp): void {
    const held = this.#otpNext(key, issue);
    invariant(Number.isSafeInteger(next) && next > held, "a counter only rises", { key, issue, held, next });
    this.#otps.set(name(key, issue), next);
    this.#sawIssue(key, issue);
  }
}

function placed(doors: readonly UsesAtDoor[], at: UsesAtDoor): readonly UsesAtDoor[] {
  const known = doors.some(({ door }) => door === at.door);
  return known ? doors.map((each) => (each.door === at.door ? at : each)) : [...doors, at];
}

function name(key: string, issue: number): string {
  return `${key} ${issue}`; // An id holds no space.
}
