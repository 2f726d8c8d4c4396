/**
 * What must be true because we wrote it so. A broken invariant is our own bug: it is thrown, with the numbers,
 * and caught nowhere but at the top of a process, which then ends with its doors safe.
 */
export class InvariantViolation extends Error {
  readonly facts: Readonly<Record<string, unknown>>;
  constructor(claim: string, facts: Readonly<Record<string, unknown>>) {
    super(`broken invariant: ${claim} ${JSON.stringify(facts)}`);
    this.name = "InvariantViolation";
    this.facts = facts;
  }
}

/** Throws `InvariantViolation` unless `condition`. `claim` says what is true, `facts` the numbers; never a secret. */
export function invariant(
  condition: boolean,
  claim: string,
  facts: Readonly<Record<string, unknown>> = {},
): asserts condition {
  if (!condition) throw new InvariantViolation(claim, facts);
}

/** The end of an exhaustive `switch`: a kind added to the union stops the compiler here. */
export function unreachable(value: never): never {
  throw new InvariantViolation("every kind has its case", { value });
}
