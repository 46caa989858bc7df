/** Query of `pods/log`, parsed. Times RFC 3339. */
export interface PodLogOptions {
  follow?: boolean;
  previous?: boolean;
  timestamps?: boolean;
  sinceSeconds?: number;
  sinceTime?: string;
  tailLines?: number;
  limitBytes?: number;
  /** `All`, `Stdout` or `Stderr`. */
  stream?: string;
}
