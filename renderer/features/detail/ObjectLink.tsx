import type { ReactNode } from "react";
import type { ObjectRef } from "../../../shared/contract.ts";
import { useWorkspace } from "../../app/workspace.ts";

/** Opens another object in the drawer. */
export function ObjectLink({ cluster, object, children }: { cluster: string; object: ObjectRef; children?: ReactNode }) {
  const show = useWorkspace((state) => state.show);
  return (
    <button
      type="button"
      onClick={() => show({ cluster, object })}
      className="inline-flex min-h-6 max-w-full min-w-0 items-center text-left text-link hover:underline"
    >
      <span className="truncate">{children ?? object.name}</span>
    </button>
  );
}
