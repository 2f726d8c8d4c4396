/**
 * What a person can do at the demo's doors, from a line of a pipe or a key of the terminal. Pure: text in, act out.
 */

/** One thing done at one door. */
export type Act =
  | { readonly kind: "press"; readonly door: string; readonly keys: string }
  | { readonly kind: "leaf"; readonly door: string; readonly move: "open" | "close" | "force" }
  | { readonly kind: "rex"; readonly door: string }
  | { readonly kind: "tamper"; readonly door: string; readonly on: boolean }
  | { readonly kind: "pick"; readonly door: string }
  | { readonly kind: "help" }
  | { readonly kind: "quit" };

export type Reading = { readonly act: Act } | { readonly wrong: string } | null;

const SIMPLE: Readonly<Record<string, (door: string) => Act>> = {
  open: (door) => ({ kind: "leaf", door, move: "open" }),
  close: (door) => ({ kind: "leaf", door, move: "close" }),
  force: (door) => ({ kind: "leaf", door, move: "force" }),
  rex: (door) => ({ kind: "rex", door }),
};

/**
 * Reads one line: `[DOOR] DIGITS#`, `[DOOR] open|close|force|rex`, `[DOOR] tamper on|off`, `DOOR`, `?`, `quit`.
 * Without DOOR it concerns `current`. Null for an empty line or a comment (`# …` with a space).
 */
export function readLine(line: string, doors: readonly string[], current: string): Reading {
  const words = line.trim().split(/\s+/);
  if (words[0] === "" || (words[0] === "#" && words.length > 1)) return null;
  if (words[0] === "?" || words[0] === "help") return { act: { kind: "help" } };
  if (words[0] === "quit" || words[0] === "exit") return { act: { kind: "quit" } };
  const named = doors.includes(words[0]!);
  const door = named ? words[0]! : current;
  const rest = named ? words.slice(1) : words;
  if (rest.length === 0) return { act: { kind: "pick", door } };
  const [verb, argument] = rest as [string, string | undefined];
  if (rest.length === 1 && /^[0-9*#]+$/.test(verb)) return { act: { kind: "press", door, keys: verb } };
  if (rest.length === 1 && verb in SIMPLE) return { act: SIMPLE[verb]!(door) };
  if (verb === "tamper" && rest.length === 2 && (argument === "on" || argument === "off")) {
    return { act: { kind: "tamper", door, on: argument === "on" } };
  }
  // The line may hold digits that somebody mistyped: it is not repeated in the answer.
  return { wrong: `not understood; doors: ${doors.join(", ")}; try '${doors[0]} 123456#', '${doors[0]} open', or '?'` };
}

const KEYS: Readonly<Record<string, (door: string) => Act>> = {
  o: SIMPLE.open!,
  c: SIMPLE.close!,
  f: SIMPLE.force!,
  r: SIMPLE.rex!,
  "?": () => ({ kind: "help" }),
  q: () => ({ kind: "quit" }),
  "\u0003": () => ({ kind: "quit" }),
  "\u0004": () => ({ kind: "quit" }),
};

/** Reads one key of the terminal. Tab picks the next door; Enter is `#`, as a hand on a keyboard expects. */
export function readKey(key: string, doors: readonly string[], current: string): Act | null {
  if (/^[0-9*#]$/.test(key)) return { kind: "press", door: current, keys: key };
  if (key === "\r" || key === "\n") return { kind: "press", door: current, keys: "#" };
  if (key === "\t") return { kind: "pick", door: doors[(doors.indexOf(current) + 1) % doors.length]! };
  return KEYS[key]?.(current) ?? null;
}
