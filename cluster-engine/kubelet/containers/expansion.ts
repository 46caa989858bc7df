/** Lookup of a variable; undefined when it is not defined. */
export type Lookup = (name: string) => string | undefined;

/** Replaces `$(NAME)` and turns `$$` into `$`; what is not defined stays as written. */
export function expand(text: string, lookup: Lookup): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (whole, name: string | undefined) => (whole === "$$" ? "$" : (lookup(name!) ?? whole)));
}
