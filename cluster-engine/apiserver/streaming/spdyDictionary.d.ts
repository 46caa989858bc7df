declare module "spdy-transport/lib/spdy-transport/protocol/spdy/dictionary.js" {
  /** The zlib dictionaries of SPDY's header blocks, by version (`3.1` among them). */
  const dictionary: Record<string, Buffer>;
  export default dictionary;
}
