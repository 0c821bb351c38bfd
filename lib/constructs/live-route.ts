import { RemovalPolicy } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { type Names, resourceName } from '../names';
import { viewerRequestCode, viewerResponseCode } from './edge-function';

export interface LiveRouteProps extends Names {
  /** Paths that only load balancer and preview see. */
  readonly healthPaths: readonly string[];
  /** Folders of files that only one version may know, for example those with hashed names. */
  readonly assetPaths: readonly string[];
  /** Whether a cutover may be in steps, so that viewers have to be kept apart. */
  readonly canary: boolean;
}

/**
 * Where the route lives, the function that reads it for each request, and the key that preview credentials are made
 * with. CloudFormation knows nothing of the route itself: the workflow seeds and moves it, so that no deployment of
 * the stack can undo a cutover (promise P7).
 */
export class LiveRoute extends Construct {
  readonly store: cloudfront.KeyValueStore;
  /** What runs for each request and, with a canary, for each response. */
  readonly associations: cloudfront.FunctionAssociation[];
  readonly previewKey: secretsmanager.Secret;

  constructor(scope: Construct, id: string, props: LiveRouteProps) {
    super(scope, id);
    this.store = new cloudfront.KeyValueStore(this, 'Store', {
      // Fixed: another name, or an import source, would replace the store and lose the route in it.
      keyValueStoreName: resourceName(props, 'route'),
      comment: `Route of ${resourceName(props)}: which color serves which viewers`,
    });
    const request = new cloudfront.Function(this, 'ViewerRequest', {
      functionName: resourceName(props, 'viewer-request'),
      comment: `Chooses the color for viewers of ${resourceName(props)}`,
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(viewerRequestCode(props.healthPaths, props.assetPaths)),
      keyValueStore: this.store,
    });
    this.associations = [{ function: request, eventType: cloudfront.FunctionEventType.VIEWER_REQUEST }];
    // A function for each response has its price: without a canary there is nothing to remember.
    if (props.canary) {
      const response = new cloudfront.Function(this, 'ViewerResponse', {
        functionName: resourceName(props, 'viewer-response'),
        comment: `Keeps viewers of ${resourceName(props)} on their color during a shift`,
        runtime: cloudfront.FunctionRuntime.JS_2_0,
        code: cloudfront.FunctionCode.fromInline(viewerResponseCode()),
      });
      this.associations.push({ function: response, eventType: cloudfront.FunctionEventType.VIEWER_RESPONSE });
    }
    this.previewKey = new secretsmanager.Secret(this, 'PreviewKey', {
      description: `Key of the preview credentials of ${resourceName(props)}`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      // Little is lost with it: links that are out stay good, but for a release that waits no new one can be made.
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
