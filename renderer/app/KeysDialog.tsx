import { useTranslation } from "react-i18next";
import { Dialog } from "../ui/Dialog.tsx";
import { Kbd } from "../ui/Kbd.tsx";
import { useDialogs } from "./dialogs.ts";
import { keyBindings, type KeyPlace } from "./keys.ts";

const places: readonly KeyPlace[] = ["anywhere", "go", "list", "logs", "editor", "terminal"];

/** Every key, by place. */
export function KeysDialog() {
  const { t } = useTranslation();
  const names = t("keys.names", { returnObjects: true });
  const { keys, close } = useDialogs();
  return (
    <Dialog
      open={keys}
      onOpenChange={(open) => (open ? undefined : close())}
      title={t("keys.title")}
      closeLabel={t("common.close")}
      className="w-[min(46rem,calc(100vw-2rem))]"
    >
      <div className="columns-2 gap-8">
        {places.map((place) => (
          <section key={place} aria-label={t(`keys.places.${place}`)} className="mb-4 break-inside-avoid">
            <h3 className="mb-1 text-meta font-semibold text-muted-foreground">{t(`keys.places.${place}`)}</h3>
            <dl>
              {keyBindings
                .filter((binding) => binding.place === place)
                .map((binding) => (
                  <div key={binding.id} className="flex min-h-6 items-center justify-between gap-3">
                    <dt className="truncate">{names[binding.id]}</dt>
                    <dd className="flex shrink-0 gap-1">
                      {binding.keys.map((each) => (
                        <Kbd key={each} keys={each} />
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
