import { expect, test } from "vitest";
import type { FieldError } from "./fieldError.ts";
import * as errors from "./validationErrors.ts";

test.each<[FieldError, string]>([
  [errors.required("f", "why"), "Required value: why"],
  [errors.invalidValue("f", 'a"b\n', "bad"), 'Invalid value: "a\\"b\\n": bad'],
  [errors.invalidValue("f", { a: "<" }), 'Invalid value: {"a":"\\u003c"}'],
  [errors.invalidValue("f", null), "Invalid value: null"],
  [errors.notSupported("f", "x", ["A", "B"]), 'Unsupported value: "x": supported values: "A", "B"'],
  [errors.forbidden("f", "no"), "Forbidden: no"],
  [errors.duplicate("f", 3), "Duplicate value: 3"],
  [errors.tooLong("f", 1), "Too long: may not be more than 1 byte"],
  [errors.tooMany("f", 3, 2), "Too many: 3: must have at most 2 items"],
  [errors.notFound("f", "v"), 'Not found: "v"'],
])("%j prints as Kubernetes prints it", (error, message) => {
  expect(errors.fieldErrorMessage(error)).toBe(message);
});

test("an invalid object is answered with one cause an error, and the message of all", () => {
  const error = errors.invalid({ group: "apps", kind: "Deployment" }, "d", [
    errors.required("spec.selector"),
    errors.invalidValue("spec.replicas", -1, "low"),
    errors.required("spec.selector"),
  ]);
  expect(error.status).toEqual({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: 'Deployment.apps "d" is invalid: [spec.selector: Required value, spec.replicas: Invalid value: -1: low]',
    reason: "Invalid",
    details: {
      name: "d",
      group: "apps",
      kind: "Deployment",
      causes: [
        { reason: "FieldValueRequired", message: "Required value", field: "spec.selector" },
        { reason: "FieldValueInvalid", message: "Invalid value: -1: low", field: "spec.replicas" },
        { reason: "FieldValueRequired", message: "Required value", field: "spec.selector" },
      ],
    },
    code: 422,
  });
  expect(errors.invalid({ group: "", kind: "Pod" }, "", []).message).toBe('Pod "" is invalid');
});
