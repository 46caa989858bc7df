/**
 * A problem of one field, as field.Error of k8s.io/apimachinery prints it. `field` is a path such as
 * `spec.containers[0].name`. See fieldErrorMessage (validationErrors.ts) for the text.
 */
export interface FieldError {
  type: "Required" | "Invalid" | "NotSupported" | "Forbidden" | "Duplicate" | "TooLong" | "TooMany" | "NotFound" | "InternalError" | "TypeInvalid";
  field: string;
  /** The bad value; printed unless the type has none (Required, Forbidden). */
  value?: unknown;
  /** The value is not printed, though the type has one. */
  valueOmitted?: boolean;
  detail?: string;
  /** For NotSupported: the accepted values. */
  supported?: string[];
}
