import fieldsJson from "./data/fields.json" with { type: "json" };
import { ownProperty, schemaId, type Schema } from "./schemas.ts";

/** How the API server's own type holds a field: decides what is written when the field is empty, and its place. */
export interface GoField {
  name: string;
  schema: Schema;
  /** Left out when empty. */
  omitEmpty: boolean;
  /** Left out when it has its zero value, though it is a structure. */
  omitZero: boolean;
  /** Absent and zero are different: zero values are kept. */
  pointer: boolean;
  /** As decoding errors name it: `v1.PodSpec`, `[]string`, `int32`. */
  type: string;
  /** The embedded structure that the field comes from: `VolumeSource` of `emptyDir`. */
  embedded: string | undefined;
}

/** An empty list of managedFields in a request resets them, so it must not be lost. */
const keptWhenEmpty = "managedFields";

const table = fieldsJson as unknown as Record<string, Record<string, string>>;

/** The fields of a built-in structure in the order they are written; undefined for maps, scalars and custom schemas. */
export function goFields(schema: Schema): GoField[] | undefined {
  const id = schemaId(schema);
  const fields = id === undefined ? undefined : table[id];
  if (!fields) return undefined;
  return Object.entries(fields).map(([name, text]) => {
    const [flags = "", type = "", embedded] = text.split(" ");
    return {
      name,
      schema: ownProperty(schema, name)!,
      omitEmpty: flags.includes("o"),
      omitZero: flags.includes("z"),
      pointer: flags.includes("p") || name === keptWhenEmpty,
      type,
      embedded,
    };
  });
}
