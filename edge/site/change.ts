/** One difference between two sites, and how differences of one kind of thing are found by a table of its fields. */
import type { Site } from "./site.ts";

export interface Change {
  /** `keys[k1].doors`: by id, as two files count differently; the thing itself where it came or went. */
  readonly path: string;
  /** In words; null where it was not there. Never a digit of a code. */
  readonly from: string | null;
  readonly to: string | null;
  /** Lets somebody in, or leaves something open, that was not before: needs `--widen`, and is audited (design 5.2). */
  readonly widens: boolean;
  /** For a person: `key k1 (Front Desk): doors front → front, back`. */
  readonly sentence: string;
}

/** One thing in the site that it stands in. */
export interface In<T> {
  readonly one: T;
  readonly site: Site;
}

export interface FieldRule<T> {
  readonly field: string;
  readonly say: (side: In<T>) => string;
  /** Equal words are no change, unless this finds one. */
  readonly same?: (was: In<T>, is: In<T>) => boolean;
  /**
   * Asked of a change alone. A change that is not provably narrower is wider (design 5.2): a rule answers false only
   * where it can tell.
   */
  readonly widens: (was: In<T>, is: In<T>) => boolean;
}

export interface Kind<T> {
  /** Of the list in the file: `keys`. */
  readonly list: string;
  readonly title: (side: In<T>) => string;
  readonly fields: readonly FieldRule<T>[];
  /** Whether one that came, or one that went, widens what stands. */
  readonly addedWidens?: (is: In<T>) => boolean;
  readonly removedWidens?: (was: In<T>) => boolean;
  /** Of one that came or went. */
  readonly summary: (side: In<T>) => string;
}

/** Differences of a list, in the order of the new one; what went comes last. `from` null: everything is new. */
export function diffList<T extends { readonly id: string }>(
  kind: Kind<T>,
  from: { readonly site: Site; readonly list: readonly T[] } | null,
  to: { readonly site: Site; readonly list: readonly T[] },
): readonly Change[] {
  const before = new Map(from?.list.map((one) => [one.id, one]));
  const after = new Set(to.list.map(({ id }) => id));
  const changed = to.list.flatMap((one) => {
    const was = before.get(one.id);
    const is = { one, site: to.site };
    return was === undefined || from === null
      ? [came(kind, is, from !== null)]
      : diffFields(kind, { one: was, site: from.site }, is);
  });
  const gone = (from?.list ?? []).filter(({ id }) => !after.has(id));
  return [...changed, ...gone.map((one) => went(kind, { one, site: from!.site }))];
}

function came<T extends { readonly id: string }>(kind: Kind<T>, is: In<T>, stood: boolean): Change {
  const summary = kind.summary(is);
  return {
    path: `${kind.list}[${is.one.id}]`,
    from: null,
    to: summary,
    widens: stood && (kind.addedWidens?.(is) ?? false),
    sentence: `${kind.title(is)} is new${summary === "" ? "" : `: ${summary}`}`,
  };
}

function went<T extends { readonly id: string }>(kind: Kind<T>, was: In<T>): Change {
  return {
    path: `${kind.list}[${was.one.id}]`,
    from: kind.summary(was),
    to: null,
    widens: kind.removedWidens?.(was) ?? false,
    sentence: `${kind.title(was)} is removed`,
  };
}

function diffFields<T extends { readonly id: string }>(kind: Kind<T>, was: In<T>, is: In<T>): readonly Change[] {
  return kind.fields.flatMap(({ field, say, same, widens }) => {
    const [from, to] = [say(was), say(is)];
    if (from === to && (same?.(was, is) ?? true)) return [];
    return [
      {
        path: `${kind.list}[${is.one.id}].${field}`,
        from,
        to,
        widens: widens(was, is),
        sentence: `${kind.title(is)}: ${field} ${from === to ? `${to}, changed` : `${from} → ${to}`}`,
      },
    ];
  });
}

export const never = (): boolean => false;
export const always = (): boolean => true;
