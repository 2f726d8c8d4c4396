/**
 * What `--bundle` writes: everything that whoever helps from afar asks for, and nothing that opens a door. Put together
 * from named fields alone, and then looked through once more: a name of a door may hold what should not be in it.
 */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";

/** Fields whose hex is public and tells which of two things one has. */
const PUBLIC_HEX = new Set(["digest", "epoch", "root", "fingerprint"]);

/** The value without codes, keys, tokens and passwords, whatever field they stand in. */
export function withoutSecrets(value: unknown, field = ""): unknown {
  if (typeof value === "string") return PUBLIC_HEX.has(field) ? value : blanked(value);
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, field));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutSecrets(each, name)]));
}

function blanked(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, "$1…@")
    .replace(/\b[0-9a-f]{32,}\b/gi, "[hex]")
    .replace(/[A-Za-z0-9_-]{60,}/g, "[token]")
    .replace(/(?<!\d)\d{6}(?!\d)/g, "••••••");
}

/** Synced, for its owner alone, and never over a file that is there. Throws what the system says. */
export function writeBundle(path: string, bundle: object): void {
  const file = openSync(path, "wx", 0o600);
  try {
    const bytes = Buffer.from(`${JSON.stringify(withoutSecrets(bundle), null, 2)}\n`);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
