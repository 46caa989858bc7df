export const group = "wherry.dev";
export const apiVersion = "wherry.dev/v1";
