import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ObjectRef } from "../../../shared/contract.ts";
import { useConnection } from "../../data/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextField } from "../../ui/fields.tsx";
import { useQuestions, type Question } from "./questions.ts";

const shownDependants = 50;

function useDependants(deleting: Question["deleting"]): { object: ObjectRef; kind: string }[] | undefined {
  const connection = useConnection();
  const [dependants, setDependants] = useState<{ object: ObjectRef; kind: string }[]>();
  useEffect(() => {
    if (!deleting) return;
    let wanted = true;
    connection.request("actions.dependants", deleting).then(
      (found) => wanted && setDependants(found),
      () => wanted && setDependants([]),
    );
    return () => {
      wanted = false;
    };
  }, [connection, deleting]);
  return dependants;
}

function Dependants({ deleting }: { deleting: NonNullable<Question["deleting"]> }) {
  const { t } = useTranslation();
  const dependants = useDependants(deleting);
  if (dependants === undefined) return <p className="mt-3 text-muted-foreground">{t("questions.lookingForDependants")}</p>;
  if (dependants.length === 0) return <p className="mt-3 text-muted-foreground">{t("questions.noDependants")}</p>;
  return (
    <div className="mt-3">
      <p className="mb-1 font-medium">{t("questions.dependants", { count: dependants.length })}</p>
      <ul className="max-h-44 overflow-y-auto rounded-panel border border-border bg-sidebar py-1">
        {dependants.slice(0, shownDependants).map(({ object, kind }) => (
          <li key={`${kind}/${object.namespace ?? ""}/${object.name}`} className="flex gap-2 px-2.5 py-0.5 text-code">
            <span className="w-28 shrink-0 truncate text-muted-foreground">{kind}</span>
            <span className="truncate font-mono">{object.name}</span>
          </li>
        ))}
        {dependants.length > shownDependants ? (
          <li className="px-2.5 py-0.5 text-muted-foreground">{t("questions.andMore", { count: dependants.length - shownDependants })}</li>
        ) : null}
      </ul>
    </div>
  );
}

/** Asks the question of the moment. */
export function QuestionDialog() {
  const current = useQuestions((state) => state.current);
  return current ? <Asked key={current.id} current={current} /> : null;
}

function Asked({ current }: { current: NonNullable<ReturnType<typeof useQuestions.getState>["current"]> }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const ready = !current.typeName || typed === current.typeName;
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : current.answer(false))}
      title={current.title}
      description={current.body}
      closeLabel={t("common.close")}
      footer={
        <>
          <Button onClick={() => current.answer(false)}>{t("common.cancel")}</Button>
          <Button variant={current.danger ? "destructive" : "primary"} disabled={!ready} onClick={() => current.answer(true)}>
            {current.action}
          </Button>
        </>
      }
    >
      {current.deleting ? <Dependants deleting={current.deleting} /> : null}
      {current.typeName ? (
        <form
          className="mt-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) current.answer(true);
          }}
        >
          <p className="mb-1">{t("questions.typeName", { name: current.typeName })}</p>
          <TextField
            label={t("questions.typeName", { name: current.typeName })}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            className="w-full font-mono"
            autoFocus
          />
        </form>
      ) : null}
    </Dialog>
  );
}
