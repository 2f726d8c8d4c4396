import { drawWorld } from "@lintel/firmware-sim/rehearsal/swarm/world.ts";
import { scriptText, siteText } from "/work/wt/simulate/test/simulation/world-text.ts";
const w=drawWorld({seed:Number(process.argv[2]),minutes:10,faults:[]});
console.log(siteText(w.site)+scriptText(w)+new Date(w.healedAt).toISOString());
