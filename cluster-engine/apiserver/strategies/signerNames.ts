import { dns1123Label, dns1123Subdomain } from "../../api/names.ts";
import type { Problems } from "./problems.ts";

const longestDomain = 253;
const longestName = 571;

/** The name of a certificate signer, `example.com/name`. */
export function validateSignerName(name: string | undefined, field: string, problems: Problems): void {
  if (!name) return problems.required(field);
  const segments = name.split("/");
  if (segments.length !== 2) return problems.invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
  const [domain, path] = segments as [string, string];
  if (domain.length > longestDomain) problems.tooLong(field, longestDomain);
  validateParts(domain, dns1123Label, field, problems);
  if (!domain.includes(".")) problems.invalid(field, domain, "should be a domain with at least two segments separated by dots");
  validateParts(path, dns1123Subdomain, field, problems);
  if (name.length > longestName) problems.tooLong(field, longestName);
}

/** Reports the first bad part between dots. */
function validateParts(text: string, rule: (part: string) => string[], field: string, problems: Problems): void {
  for (const part of text.split(".")) {
    const messages = rule(part);
    for (const message of messages) problems.invalid(field, text, `validating label ${JSON.stringify(part)}: ${message}`);
    if (messages.length > 0) return;
  }
}
