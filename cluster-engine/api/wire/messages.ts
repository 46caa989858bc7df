import messagesJson from "../data/protobuf.json" with { type: "json" };

/** A field of a message, by the name it has in JSON. */
export interface MessageField {
  name: string;
  number: number;
  /** `string`, `int32`, `bytes` …, or the id of a message. */
  type: string;
  shape: "single" | "list" | "map";
  /** The fields of its message stand in JSON beside those of this one. */
  inline: boolean;
}

export interface Message {
  byNumber: Map<number, MessageField>;
  /** By number, as they are written. */
  fields: MessageField[];
}

const table = messagesJson as unknown as Record<string, Record<string, [number, string, "inline"?]>>;
const parsed = new Map<string, Message>();

/** A message by its id, such as `io.k8s.api.core.v1.Pod`. */
export function messageOf(id: string): Message | undefined {
  const known = parsed.get(id);
  if (known || !table[id]) return known;
  const fields = Object.entries(table[id]).map(([name, [number, type, inline]]): MessageField => {
    const map = /^map<string,(.+)>$/.exec(type);
    const shape = map ? "map" : type.endsWith("[]") ? "list" : "single";
    return { name, number, type: map?.[1] ?? type.replace("[]", ""), shape, inline: inline === "inline" };
  });
  fields.sort((a, b) => a.number - b.number);
  const message = { fields, byNumber: new Map(fields.map((field) => [field.number, field])) };
  parsed.set(id, message);
  return message;
}
