import type { Command } from "../command.ts";
export const command: Command = { words: "doctor", summary: "", help: "", run: async () => 0 };
