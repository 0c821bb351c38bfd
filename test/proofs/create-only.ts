/**
 * Properties of the types that a team changes whose change replaces the resource: all `createOnlyProperties` of the
 * resource providers' schemas. `npm run lint:templates` compares them with those that cfn-lint ships, since they may grow.
 */
export const CREATE_ONLY: Readonly<Record<string, readonly string[]>> = {
  'AWS::CloudWatch::Alarm': ['AlarmName'],
  'AWS::ECS::TaskDefinition': [
    ...['Family', 'ContainerDefinitions', 'Cpu', 'Memory', 'ExecutionRoleArn', 'TaskRoleArn', 'NetworkMode', 'Volumes'],
    ...['RequiresCompatibilities', 'RuntimePlatform', 'EphemeralStorage', 'PlacementConstraints', 'ProxyConfiguration'],
    ...['EnableFaultInjection', 'InferenceAccelerators', 'PidMode', 'IpcMode'],
  ],
  'AWS::Lambda::Function': ['FunctionName', 'PackageType', 'TenancyConfig'],
  'AWS::RDS::DBInstance': [
    ...['DBInstanceIdentifier', 'DBName', 'DBSubnetGroupName', 'KmsKeyId', 'MasterUsername', 'StorageEncrypted'],
    ...['CharacterSetName', 'DBClusterIdentifier', 'SourceRegion', 'Timezone', 'NcharCharacterSetName'],
    ...['BackupTarget', 'CustomIAMInstanceProfile', 'DBSystemId'],
  ],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
};
