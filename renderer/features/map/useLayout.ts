import { useEffect, useMemo, useState } from "react";
import { layOut, type MapLayout } from "./elk.ts";
import { shapeOf, type Shown } from "./mapModel.ts";

interface Made {
  shape: string;
  layout?: MapLayout;
  problem?: string;
}

/** The layout of what is shown; the last one until a new shape is laid out. `problem`: it could not be. */
export function useLayout(shown: Shown, aspect: number): { layout: MapLayout | undefined; problem: string | undefined } {
  const shape = shapeOf(shown);
  const [made, setMade] = useState<Made>({ shape: "" });
  // A new graph of the same shape is laid out no better.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const graph = useMemo(() => shown, [shape]);
  useEffect(() => {
    let live = true;
    layOut(graph, aspect).then(
      (layout) => live && setMade({ shape, layout }),
      (error: unknown) => live && setMade((last) => ({ ...last, shape, problem: error instanceof Error ? error.message : String(error) })),
    );
    return () => {
      live = false;
    };
    // The window's size at the time is good enough: resizing moves nothing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [graph, shape]);
  return { layout: made.layout, problem: made.problem };
}
