import { create } from "zustand";
import type { ObjectRef } from "../../../shared/contract.ts";

/** Something that must be answered before it happens. */
export interface Question {
  title: string;
  body: string;
  action: string;
  danger: boolean;
  /** Must be typed before the action is offered. */
  typeName?: string | undefined;
  /** Objects about to be deleted: their dependants are listed. */
  deleting?: { cluster: string; objects: ObjectRef[] };
}

interface Questions {
  current: (Question & { id: number; answer(yes: boolean): void }) | null;
  ask(question: Question): Promise<boolean>;
}

let asked = 0;

export const useQuestions = create<Questions>((set, get) => ({
  current: null,
  ask: (question) =>
    new Promise((resolve) => {
      get().current?.answer(false);
      const answer = (yes: boolean) => {
        set({ current: null });
        resolve(yes);
      };
      set({ current: { ...question, id: ++asked, answer } });
    }),
}));

const typedKinds = new Set(["/namespaces", "/persistentvolumeclaims", "apiextensions.k8s.io/customresourcedefinitions"]);
const manyObjects = 10;

/** What has to be typed before these objects are deleted; undefined when a click is enough. */
export function nameToType(objects: readonly ObjectRef[], protectedCluster: string | undefined): string | undefined {
  if (protectedCluster !== undefined) return protectedCluster;
  if (objects.length > manyObjects) return String(objects.length);
  const heavy = objects.find((object) => typedKinds.has(`${object.group}/${object.resource}`));
  return heavy && (objects.length === 1 ? heavy.name : String(objects.length));
}
