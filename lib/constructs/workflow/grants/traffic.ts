import { allow, type Grant, ofColors } from './grant';

export const readRoute = ofColors((t) => [
  allow(['cloudfront-keyvaluestore:DescribeKeyValueStore', 'cloudfront-keyvaluestore:GetKey'], [t.routeStoreArn]),
]);

export const writeRoute = ofColors(readRoute, (t) => [allow(['cloudfront-keyvaluestore:PutKey'], [t.routeStoreArn])]);

export const readDistribution: Grant = (t) => [
  allow(
    ['cloudfront:GetDistribution'],
    [`arn:${t.stack.partition}:cloudfront::${t.stack.account}:distribution/${t.distributionId}`],
  ),
];

export const previewKey: Grant = (t) => [allow(['secretsmanager:GetSecretValue'], [t.previewKeyArn])];

export const targetHealth: Grant = () => [allow(['elasticloadbalancing:DescribeTargetHealth'], ['*'])];

export const alarms: Grant = () => [allow(['cloudwatch:DescribeAlarms'], ['*'])];

/** Requests and errors of the colors, as the console shows them. */
export const rates: Grant = () => [allow(['cloudwatch:GetMetricData'], ['*'])];
