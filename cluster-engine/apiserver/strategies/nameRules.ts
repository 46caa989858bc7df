import { dns1035Label, dns1123Label, dns1123Subdomain, pathSegmentName as segmentName, pathSegmentPrefix } from "../../api/names.ts";

/** Tells what is wrong with metadata.name, in Kubernetes' words; with `prefix` the value is a generateName, to which a suffix comes. */
export type NameRule = (value: string, prefix: boolean) => string[];

/** A trailing dash of a generateName is fine: characters follow. */
const withoutDash = (value: string, prefix: boolean): string =>
  prefix && value.length > 1 && value.endsWith("-") ? `${value.slice(0, -1)}a` : value;

export const subdomainName: NameRule = (value, prefix) => dns1123Subdomain(withoutDash(value, prefix));
export const labelName: NameRule = (value, prefix) => dns1123Label(withoutDash(value, prefix));
export const label1035Name: NameRule = (value, prefix) => dns1035Label(withoutDash(value, prefix));
export const pathSegmentName: NameRule = (value, prefix) => (prefix ? pathSegmentPrefix(value) : segmentName(value));
