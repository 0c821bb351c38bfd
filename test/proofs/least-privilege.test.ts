import { productionAssembly } from './production';
import { RecordedWorld } from './recorded-world';
const assembly = productionAssembly();
test('probe', async () => {
  const world = new RecordedWorld(assembly);
  await world.releaseFully('v1.0.0');
  console.log(world.record('v1.0.0'), world.recorded.length, [...new Set(world.recorded.map((c)=>`${c.handler} ${c.service} ${c.operation}`))].join('\n'));
  console.log(assembly.resources('AWS::Lambda::Function').map(f=>f.stack+' '+f.physicalId).join('\n'));
  console.log(JSON.stringify(assembly.resources('AWS::IAM::Role').filter(r=>/recover-release|RecoverRel/i.test(r.logicalId)).map(r=>r.properties),null,1));
  world.close();
}, 60000);
