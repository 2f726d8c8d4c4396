/** The ids of a site file and of every topic: `[a-z0-9-]{1,32}` (design 5.2, facts mqtt 3). */
export const ID_PATTERN = /^[a-z0-9-]{1,32}$/;

export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}
