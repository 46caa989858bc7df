import { FileCode2, List } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Definition, SchemaMessage } from "../../../shared/definitions.ts";
import { pathTo } from "../../app/routes.ts";
import { useWorkspace } from "../../app/workspace.ts";
import { useSchema } from "../../data/clusterState.ts";
import { Button } from "../../ui/Button.tsx";
import { Segmented } from "../../ui/fields.tsx";
import { formatNumber } from "../../ui/format.ts";
import { Notice, Skeleton } from "../../ui/Notice.tsx";
import { Fact, Facts, Section } from "../../ui/Section.tsx";
import { Status } from "../../ui/Status.tsx";
import { firstVersion } from "./definitionsModel.ts";
import { SchemaTree } from "./SchemaTree.tsx";

/** One definition: what it is, how it is, and the schema of each of its versions. */
export function DefinitionDetail({ cluster, definition }: { cluster: string; definition: Definition }) {
  const { t } = useTranslation();
  const [chosen, setVersion] = useState<string>();
  const versions = definition.versions.map(({ name }) => name);
  const version = chosen !== undefined && versions.includes(chosen) ? chosen : firstVersion(definition);
  const { message, error } = useSchema(cluster, definition.name, version);
  return (
    <div className="min-w-0 flex-1 space-y-4 overflow-auto px-4 py-3">
      <Head cluster={cluster} definition={definition} />
      <About definition={definition} />
      {error ? <Notice tone="error" title={error.message} /> : null}
      <Section
        title={t("definitions.schema")}
        actions={
          versions.length > 1 ? (
            <Segmented
              label={t("definitions.version")}
              value={version}
              onValue={setVersion}
              options={versions.map((value) => ({ value, label: value }))}
            />
          ) : (
            <span className="text-muted-foreground">{version}</span>
          )
        }
      >
        {message ? <Schema key={version} kind={definition.plural} message={message} /> : <Skeleton className="w-1/3" />}
      </Section>
    </div>
  );
}

function Head({ cluster, definition }: { cluster: string; definition: Definition }) {
  const { t } = useTranslation();
  const { name, kind, instances, count, uncounted } = definition;
  const { navigate, show } = useWorkspace.getState();
  const open = { group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions", name };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div className="min-w-0 flex-1">
        <h2 className="truncate text-title font-semibold">{kind}</h2>
        <p className="truncate text-muted-foreground" data-selectable>
          {name}
        </p>
      </div>
      <Button icon={FileCode2} onClick={() => show({ cluster, object: open })}>
        {t("definitions.open")}
      </Button>
      <Button
        variant="primary"
        icon={List}
        refused={instances ? uncounted : t("definitions.notServed")}
        onClick={() => instances && navigate(pathTo.list(cluster, instances))}
      >
        {count === undefined ? t("definitions.openInstances") : t("definitions.openCounted", { count, number: formatNumber(count) })}
      </Button>
    </div>
  );
}

function About({ definition }: { definition: Definition }) {
  const { t } = useTranslation();
  const { namespaced, shortNames, categories, versions, conditions, uncounted } = definition;
  return (
    <Facts>
      <Fact name={t("definitions.scope")}>{t(namespaced ? "definitions.namespaced" : "definitions.clusterWide")}</Fact>
      {shortNames.length > 0 ? <Fact name={t("definitions.shortNames")}>{shortNames.join(", ")}</Fact> : null}
      {categories.length > 0 ? <Fact name={t("definitions.categories")}>{categories.join(", ")}</Fact> : null}
      <Fact name={t("definitions.versions")}>
        <ul aria-label={t("definitions.versions")} className="flex flex-wrap gap-x-4">
          {versions.map(({ name, served, storage, stored, deprecated }) => (
            <li key={name}>
              <span className="font-medium">{name}</span>{" "}
              <span className="text-muted-foreground">
                {[
                  t(served ? "definitions.served" : "definitions.unserved"),
                  ...(storage ? [t("definitions.storage")] : stored ? [t("definitions.stored")] : []),
                ].join(", ")}
              </span>
              {deprecated === undefined ? null : (
                <span className="ml-1 text-pending" title={deprecated}>
                  {t("definitions.deprecated")}
                </span>
              )}
            </li>
          ))}
        </ul>
      </Fact>
      <Fact name={t("definitions.conditions")}>
        <ul className="flex flex-wrap gap-x-4">
          {conditions.map(({ type, good, reason, message }) => (
            <li key={type} title={message}>
              <Status status={good ? "running" : "failed"} text={good ? type : `${type}: ${reason}`} />
            </li>
          ))}
        </ul>
        {conditions
          .filter(({ good }) => !good)
          .map(({ type, message }) => (
            <p key={type} className="text-failed">
              {message}
            </p>
          ))}
      </Fact>
      {uncounted ? <Fact name={t("definitions.uncounted")}>{uncounted}</Fact> : null}
    </Facts>
  );
}

function Schema({ kind, message }: { kind: string; message: SchemaMessage }) {
  const { t } = useTranslation();
  const { root, truncated, columns, subresources } = message;
  return (
    <div className="space-y-3">
      {root ? <SchemaTree resource={kind} root={root} /> : <p className="text-muted-foreground">{t("definitions.noSchema")}</p>}
      {truncated ? <p className="text-muted-foreground">{t("definitions.truncated")}</p> : null}
      <Facts>
        {subresources.length > 0 ? <Fact name={t("definitions.subresources")}>{subresources.join(", ")}</Fact> : null}
        <Fact name={t("definitions.columns")}>
          {columns.length === 0 ? (
            <span className="text-muted-foreground">{t("definitions.noColumns")}</span>
          ) : (
            <ul>
              {columns.map(({ name, type, jsonPath, description }) => (
                <li key={name} title={description}>
                  {name} <span className="text-muted-foreground">{type}</span> <code className="font-mono text-code">{jsonPath}</code>
                </li>
              ))}
            </ul>
          )}
        </Fact>
      </Facts>
    </div>
  );
}
