/** What a name answers. A name that is present with nothing of the asked type answers NODATA. */
export interface RecordSet {
  a?: string[];
  srv?: { port: number; target: string }[];
  cname?: string;
  ptr?: string[];
  txt?: string;
}

/** Record sets by name: lower case, without the final dot. */
export type Records = Record<string, RecordSet>;
