import { drawWorld } from "@lintel/firmware-sim/rehearsal/swarm/world.ts";
import { runWorld } from "./run-world.ts";
const w=drawWorld({seed:Number(process.argv[2]),minutes:10,faults:[]});
let n=0;
runWorld(w,[{name:"x",says:"",watch:()=>(h)=>{ if(h.kind==="message"&&process.argv[3]==='m'||h.kind==="step"&&h.step.kind!=='press'||h.kind==='told'&&h.event.event!=='record'||h.kind==='relay'||h.kind==='record'||h.kind==='healed') console.log(new Date(h.at).toISOString(), h.kind, h.kind==='step'?JSON.stringify(h.step):h.kind==='message'?h.topic:h.kind==='record'?h.record.event+' '+h.record.door+' '+(h.record.key??'')+h.record.reasons+JSON.stringify(h.record.detail):JSON.stringify(h).slice(0,150)); return null;}}]);
