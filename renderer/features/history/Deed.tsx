import { useTranslation } from "react-i18next";
import type { JournalWrite } from "../../../shared/journal.ts";
import { ObjectLink } from "../detail/ObjectLink.tsx";
import { boundTo, changeText, deedOf } from "./steps.ts";

/** What a write did, in a sentence: `created Pod web-1`. */
export function Deed({ cluster, write }: { cluster: string; write: JournalWrite }) {
  const { t } = useTranslation();
  const deed = deedOf(write);
  const node = boundTo(write);
  if (deed === "told") return <span className="text-muted-foreground">{t("history.did.told", { reason: write.reason ?? "" })}</span>;
  return (
    <>
      {t(`history.did.${deed}`)} {write.kind}{" "}
      {deed === "deleted" ? <span>{write.object.name}</span> : <ObjectLink cluster={cluster} object={write.object} />}
      {deed === "bound" && node ? ` ${t("history.toNode", { node })}` : null}
    </>
  );
}

/** The first changed fields; all of them on hover. */
export function Changes({ changes }: Pick<JournalWrite, "changes">) {
  if (changes.length === 0) return null;
  const texts = changes.map(changeText);
  return (
    <span className="block truncate font-mono text-code text-muted-foreground" title={texts.join("\n")} data-selectable>
      {texts.join(" · ")}
    </span>
  );
}
