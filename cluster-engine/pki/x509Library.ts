/**
 * The X.509 library, loaded when first needed: it is large, and wants its polyfill before it (a bundler would not keep the
 * order of two static imports).
 */
export async function x509Library(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}
