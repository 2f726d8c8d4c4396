/** `make docs`: writes the pages that are made of the code. A test fails where one is not current. */
import { writeFileSync } from "node:fs";
import { messageReference } from "@lintel/protocol/osdp/reference.ts";

const folder = new URL("../../docs/", import.meta.url);
writeFileSync(new URL("osdp-messages.md", folder), messageReference());
