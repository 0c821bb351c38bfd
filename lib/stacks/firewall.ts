import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { EDGE_NAMES } from '../../lambda/domain/route';
import { WEB_ACL_OUTPUT } from '../../lambda/web-acl-arn/handler';
import { resourceName } from '../names';
import { type EnvironmentStackProps, namesOf } from './environment-props';

/** AWS's rules that fit any web application, in the order in which they are asked. */
const MANAGED_RULES = [
  'AWSManagedRulesAmazonIpReputationList',
  'AWSManagedRulesKnownBadInputsRuleSet',
  'AWSManagedRulesCommonRuleSet',
];

/**
 * The web application firewall before an environment's distribution. It has a stack of its own, since firewalls of
 * CloudFront exist in us-east-1 only; the edge stack finds it by the stack's name.
 */
export class FirewallStack extends Stack {
  constructor(scope: Construct, id: string, props: EnvironmentStackProps) {
    super(scope, id, { ...props, env: { account: props.env?.account, region: 'us-east-1' } });
    const { environment } = props;
    const name = resourceName(namesOf(props));
    const acl = new wafv2.CfnWebACL(this, 'WebAcl', {
      name,
      description: `Before the distribution of ${name}`,
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visibility(name),
      rules: [
        probeRule(0),
        rateRule(1, environment.waf?.rateLimit ?? 5000),
        ...MANAGED_RULES.map((each, index) => managedRule(each, 2 + index)),
      ],
    });
    new CfnOutput(this, WEB_ACL_OUTPUT, { value: acl.attrArn });
  }
}

/**
 * A release watches its own route at the edge, from addresses that are Lambda's: no list of bad addresses may stop that.
 * The edge function answers this path itself, so that nothing is behind it.
 */
function probeRule(priority: number): wafv2.CfnWebACL.RuleProperty {
  return {
    name: 'probe',
    priority,
    action: { allow: {} },
    visibilityConfig: visibility('probe'),
    statement: {
      byteMatchStatement: {
        fieldToMatch: { uriPath: {} },
        positionalConstraint: 'EXACTLY',
        searchString: EDGE_NAMES.probePath,
        textTransformations: [{ priority: 0, type: 'NONE' }],
      },
    },
  };
}

/** @param limit requests in five minutes */
function rateRule(priority: number, limit: number): wafv2.CfnWebACL.RuleProperty {
  return {
    name: 'rate',
    priority,
    action: { block: { customResponse: { responseCode: 429 } } },
    visibilityConfig: visibility('rate'),
    statement: { rateBasedStatement: { aggregateKeyType: 'IP', limit, evaluationWindowSec: 300 } },
  };
}

function managedRule(name: string, priority: number): wafv2.CfnWebACL.RuleProperty {
  return {
    name,
    priority,
    overrideAction: { none: {} },
    visibilityConfig: visibility(name),
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        // It refuses bodies above 8 KB, which are nothing bad to an application that takes uploads.
        ruleActionOverrides:
          name === 'AWSManagedRulesCommonRuleSet'
            ? [{ name: 'SizeRestrictions_BODY', actionToUse: { count: {} } }]
            : undefined,
      },
    },
  };
}

function visibility(metricName: string): wafv2.CfnWebACL.VisibilityConfigProperty {
  return { metricName, cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true };
}
