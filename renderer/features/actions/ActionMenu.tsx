import { Fragment } from "react";
import { MenuItem, MenuSeparator } from "../../ui/Menu.tsx";
import { actionKeys, actionsFor, useActionTools, type ActionSubject, type ObjectAction } from "./objectActions.ts";
import { useRefusal } from "./refusal.ts";

function ActionItem({ cluster, action }: { cluster: string; action: ObjectAction }) {
  const refused = useRefusal(cluster, action);
  return (
    <MenuItem icon={action.icon} keys={actionKeys(action)} refused={refused} danger={action.danger} onSelect={action.run}>
      {action.label}
    </MenuItem>
  );
}

/** The items of an object's menu, groups apart. */
export function ActionItems({ subject, omit = [] }: { subject: ActionSubject; omit?: readonly string[] }) {
  const tools = useActionTools();
  const actions = actionsFor(subject, tools).filter((action) => !omit.includes(action.id));
  return actions.map((action, index) => (
    <Fragment key={action.id}>
      {index > 0 && actions[index - 1]!.group !== action.group ? <MenuSeparator /> : null}
      <ActionItem cluster={subject.target.cluster} action={action} />
    </Fragment>
  ));
}
