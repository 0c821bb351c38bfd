/** Account and region that the ARNs of the local mode carry. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}
