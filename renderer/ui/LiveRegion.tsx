import { useEffect, useState } from "react";

/** Live changes are read out together, at most this often (ms). */
const batchTime = 5000;

const waiting = new Map<string, string>();
let publish: (() => void) | undefined;

/** Says something politely, within the next batch; a newer text on the same topic replaces the older. */
export function announce(topic: string, text: string): void {
  waiting.set(topic, text);
  publish?.();
}

/** The one place where live changes are announced. */
export function LiveRegion() {
  const [text, setText] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      setText([...waiting.values()].join(". "));
      waiting.clear();
    };
    publish = () => {
      timer ??= setTimeout(flush, batchTime);
    };
    return () => {
      publish = undefined;
      clearTimeout(timer);
    };
  }, []);
  return (
    <div role="status" aria-live="polite" aria-atomic className="sr-only">
      {text}
    </div>
  );
}
