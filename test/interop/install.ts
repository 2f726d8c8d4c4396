/**
 * The peers: what they are, and how they come onto this machine. Each gets a Python environment of its own under
 * `.cache/`, made once: two of them install a package of the same name. A peer that cannot be installed is told with the
 * reason, and is no failure: not every machine has a network.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";

const CACHE = fileURLToPath(new URL("../../.cache/interop/", import.meta.url));
/** Longest that one step of an installation may take, in ms. */
const STEP_MAX = 120_000;

export interface PeerKind {
  readonly name: string;
  /** Exact versions, dependencies too. */
  readonly packages: readonly string[];
}

/** Both roles, in C. github.com/osdp-dev/libosdp, Apache-2.0. */
export const LIBOSDP: PeerKind = { name: "libosdp 3.2.9", packages: ["libosdp==3.2.9"] };
/** A control panel after OSDP.Net, in Python. github.com/ryanhz/osdp-python, Apache-2.0. */
export const OSDP_PYTHON: PeerKind = {
  name: "osdp-python 1.6",
  packages: ["osdp==1.6", "pycryptodome==4.4.0", "pyserial==3.5"],
};

/** The Python that has this peer, or why there is none. */
export async function install(kind: PeerKind): Promise<Result<string, string>> {
  const home = join(CACHE, kind.name.replaceAll(" ", "-"));
  const python = join(home, "bin", "python");
  const stamp = join(home, "installed");
  const wanted = kind.packages.join("\n");
  if (readIfThere(stamp) === wanted) return ok(python);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  const made = await run("python3", ["-m", "venv", home]);
  if (!made.ok) return fail(`no Python environment could be made: ${made.error}`);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", ...kind.packages];
  const installed = await run(python, pip);
  if (!installed.ok) return fail(`it could not be installed: ${installed.error}`);
  writeFileSync(stamp, wanted);
  return ok(python);
}

/** The Python that already has it; null where `install` never ran. */
export function installedPython(kind: PeerKind): string | null {
  const home = join(CACHE, kind.name.replaceAll(" ", "-"));
  return readIfThere(join(home, "installed")) === kind.packages.join("\n") ? join(home, "bin", "python") : null;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** Fails with the last thing that the command said. */
function run(command: string, args: readonly string[]): Promise<Result<null, string>> {
  return new Promise((done) => {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], timeout: STEP_MAX });
    let said = "";
    child.stderr.on("data", (bytes: Buffer) => {
      said = (said + bytes.toString("utf8")).slice(-4_000);
    });
    child.on("error", (error) => done(fail(error.message)));
    child.on("close", (code, signal) => {
      if (code === 0) return done(ok(null));
      const last = said.trim().split("\n").at(-1);
      done(fail(last || (signal === null ? `exit ${code}` : `no end within ${STEP_MAX / 1000} s`)));
    });
  });
}
