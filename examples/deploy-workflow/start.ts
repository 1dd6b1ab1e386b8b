/** Starts one deploy and waits for its end: `node dist/examples/deploy-workflow/start.js v2-bad`. */
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';

const version = process.argv[2] ?? 'v2';
const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233' });
try {
  const client = new Client({ connection, namespace: process.env.TEMPORAL_NAMESPACE ?? 'default' });
  const options = { taskQueue: 'shop-deploys', workflowId: 'deploy-shop', args: [version] };
  await client.workflow.execute('deployShop', options);
  console.log(`${version} is kept`);
} catch (error) {
  const cause = error instanceof WorkflowFailedError ? error.cause : error;
  console.error(`${version} is not kept: ${cause instanceof Error ? cause.message : String(cause)}`);
  process.exitCode = 1;
} finally {
  await connection.close();
}
