// Rules for names and labels. Each function returns Kubernetes' own messages, none when the value is right.
// Specified by k8s.io/apimachinery/pkg/util/validation and pkg/api/validate/content.

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const labelWithUnderscore = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const subdomainWithUnderscore = `${labelWithUnderscore}(\\.${labelWithUnderscore})*`;
const dns1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const labelKey = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const labelValue = `(${labelKey})?`;

const alphanumeric = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const labelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const labelRegExp = whole(label);
const subdomainRegExp = whole(subdomain);
const labelKeyRegExp = whole(labelKey);
const labelValueRegExp = whole(labelValue);

/** The message of a value that does not match `pattern`, with examples of ones that do. */
function regexMessage(message: string, pattern: string, ...examples: string[]): string {
  const listed = examples.map((example) => `'${example}', `).join(" or ");
  return examples.length
    ? `${message} (e.g. ${listed}regex used for validation is '${pattern}')`
    : `${message} (regex used for validation is '${pattern}')`;
}

const tooManyCharacters = (max: number): string => `must be no more than ${max} characters`;
const tooManyBytes = (max: number): string => `must be no more than ${max} bytes`;
export const inclusiveRangeMessage = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;
const byteLength = (text: string): number => Buffer.byteLength(text);

interface Rule {
  pattern: string;
  message: string;
  examples: string[];
  maxLength?: number;
  flags?: string;
}

/** A check of length and pattern. */
function rule({ pattern, message, examples, maxLength = Infinity, flags }: Rule): (value: string) => string[] {
  const regExp = new RegExp(`^(?:${pattern})$`, flags);
  const wrong = regexMessage(message, pattern, ...examples);
  return (value) => [...(byteLength(value) > maxLength ? [tooManyCharacters(maxLength)] : []), ...(regExp.test(value) ? [] : [wrong])];
}

export function dns1123Label(value: string): string[] {
  const errors = byteLength(value) > 63 ? [tooManyCharacters(63)] : [];
  if (labelRegExp.test(value)) return errors;
  const wrong = subdomainRegExp.test(value) ? "must not contain dots" : regexMessage(labelMessage, label, "my-name", "123-abc");
  return [...errors, wrong];
}

/** The name of most objects. */
export const dns1123Subdomain = rule({ pattern: subdomain, message: subdomainMessage, examples: ["example.com"], maxLength: 253 });

export const dns1123SubdomainWithUnderscore = rule({
  pattern: subdomainWithUnderscore,
  message:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  examples: ["example.com"],
  maxLength: 253,
});

export const dns1035Label = rule({
  pattern: dns1035,
  message:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  examples: ["my-name", "abc-123"],
  maxLength: 63,
});

export const wildcardDns1123Subdomain = rule({
  pattern: `\\*\\.${subdomain}`,
  message:
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  examples: ["*.example.com"],
  maxLength: 253,
});

export const percent = rule({
  pattern: "[0-9]+%",
  message: "a valid percent string must be a numeric string followed by an ending '%'",
  examples: ["1%", "93%"],
});

export const httpHeaderName = rule({
  pattern: "[-A-Za-z0-9]+",
  message: "a valid HTTP header must consist of alphanumeric characters or '-'",
  examples: ["X-Header-Name"],
});

const configMapKeyRule = rule({
  pattern: "[-._a-zA-Z0-9]+",
  message: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  examples: ["key.name", "KEY_NAME", "key-name"],
  maxLength: 253,
});

/** Keys of ConfigMaps and Secrets. */
export const configMapKey = (value: string): string[] => [...configMapKeyRule(value), ...parentDirectory(value)];

/** Names of environment variables since Kubernetes 1.34. */
export function relaxedEnvVarName(value: string): string[] {
  const errors = value ? [] : ["environment variable name must be non-empty"];
  if (/[^\x20-\x7e]|=/.test(value)) errors.push("a valid environment variable name must consist only of printable ASCII characters other than '='");
  return errors;
}

function parentDirectory(value: string): string[] {
  if (value === "." || value === "..") return [`must not be '${value}'`];
  return value.startsWith("..") ? ["must not start with '..'"] : [];
}

/** `prefix/name` or `name`: keys of labels, annotations, taints, resources, finalizers. */
export function qualifiedName(value: string): string[] {
  const parts = value.split("/");
  const keyMessage = (subject: string) => regexMessage(`${subject} ${alphanumeric}`, labelKey, "MyName", "my.name", "123-abc");
  if (parts.length > 2) return [`${keyMessage("a valid label key")} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const name = parts.at(-1)!;
  const errors = parts.length === 2 ? prefixErrors(parts[0]!) : [];
  if (!name) errors.push("name part must be non-empty");
  else if (byteLength(name) > 63) errors.push(`name part ${tooManyBytes(63)}`);
  if (!labelKeyRegExp.test(name)) errors.push(keyMessage("name part"));
  return errors;
}

function prefixErrors(prefix: string): string[] {
  if (!prefix) return ["prefix part must be non-empty"];
  const length = byteLength(prefix) > 253 ? [tooManyBytes(253)] : [];
  const pattern = subdomainRegExp.test(prefix) ? [] : [regexMessage(subdomainMessage, subdomain, "example.com")];
  return [...length, ...pattern].map((message) => `prefix part ${message}`);
}

export function labelValueErrors(value: string): string[] {
  const errors = byteLength(value) > 63 ? [tooManyBytes(63)] : [];
  if (!labelValueRegExp.test(value)) {
    errors.push(
      regexMessage(`a valid label must be an empty string or ${alphanumeric.slice("must ".length)}`, labelValue, "MyValue", "my_value", "12345"),
    );
  }
  return errors;
}

/** Names that become a part of a URL's path: RBAC objects. */
export function pathSegmentName(value: string): string[] {
  if (value === "." || value === "..") return [`may not be '${value}'`];
  return pathSegmentPrefix(value);
}

/** As pathSegmentName, for a generateName. */
export const pathSegmentPrefix = (value: string): string[] =>
  ["/", "%"].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);

export const portNumber = (port: number): string[] => (Number.isInteger(port) && port >= 1 && port <= 65535 ? [] : [inclusiveRangeMessage(1, 65535)]);

export const inRange = (value: number, low: number, high: number): string[] =>
  value >= low && value <= high ? [] : [inclusiveRangeMessage(low, high)];

/** IANA service names: names of container and service ports. */
export function portName(value: string): string[] {
  const errors: string[] = [];
  if (byteLength(value) > 15) errors.push(tooManyCharacters(15));
  if (!/^[-a-z0-9]+$/.test(value)) errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(value)) errors.push("must contain at least one letter (a-z)");
  if (value.includes("--")) errors.push("must not contain consecutive hyphens");
  if (value.startsWith("-") || value.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
}
