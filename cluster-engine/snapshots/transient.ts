/** What tells of one run of a cluster and not of its state: it is neither kept nor restored. */
const transient = ["nodes", "leases", "events", "csinodes", "podcertificaterequests"];

/** Whether a key of the store, `/registry/GROUP/RESOURCE/…`, is of such a resource. */
export const isTransient = (key: string): boolean => transient.includes(key.split("/", 4)[3] ?? "");
