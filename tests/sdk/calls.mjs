// One call after another with the JavaScript SDK v3; prints what each answered as a line of JSON.
import { CloudWatchClient, ListMetricsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { GetFunctionCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { CreateQueueCommand, GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const options = {
  endpoint: process.env.AWS_ENDPOINT_URL,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
};
const sqs = new SQSClient(options);
const functions = new LambdaClient(options);
const metrics = new CloudWatchClient(options);

const say = (name, value) => console.log(JSON.stringify([name, value]));
const failure = async (call) => call.then(() => "no error", (error) => [error.name, error.$metadata.httpStatusCode]);

const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "javascript" }));
await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello ✓" }));
const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
say("received", received.Messages.map((message) => message.Body));
say("no queue", await failure(sqs.send(new GetQueueUrlCommand({ QueueName: "nobody" }))));

say("functions", (await functions.send(new ListFunctionsCommand({}))).Functions.map((f) => typeof f.FunctionName));
say("no function", await failure(functions.send(new GetFunctionCommand({ FunctionName: "nobody" }))));

const datum = { MetricName: "count", Value: 1.5, Timestamp: new Date(), Unit: "Count" };
await metrics.send(new PutMetricDataCommand({ Namespace: "JavaScript", MetricData: [datum] }));
say("metrics", (await metrics.send(new ListMetricsCommand({ Namespace: "JavaScript" }))).Metrics.map((m) => m.MetricName));
