import { useTranslation } from "react-i18next";
import type { JournalWrite } from "../../../shared/journal.ts";
import { ObjectLink } from "../detail/ObjectLink.tsx";
import { boundTo, changeText, deedOf } from "./steps.ts";

/** What a write did, in a sentence: `created Pod web-1`. */
export function Deed({ cluster, write }: { cluster: string; write: JournalWrite }) {
  const { t } = useTranslation();
  const deed = deedOf(write);
  const node = boundTo(write);
  if (deed === "told") return <span className="truncate text-muted-foreground">{t("history.did.told", { reason: write.reason ?? "" })}</span>;
  return (
    <span className="flex min-w-0 items-baseline gap-1">
      <span className="shrink-0">
        {t(`history.did.${deed}`)} {write.kind}
      </span>
      {deed === "deleted" ? <span className="truncate">{write.object.name}</span> : <ObjectLink cluster={cluster} object={write.object} />}
      {deed === "bound" && node ? <span className="shrink-0">{t("history.toNode", { node })}</span> : null}
    </span>
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
