/** What ⌘O and "Open files" bring up; DropTarget answers it. */
const opened = "wherry:open-files";

export const openFilePicker = (): void => void window.dispatchEvent(new Event(opened));

export function onOpenFiles(open: () => void): () => void {
  window.addEventListener(opened, open);
  return () => window.removeEventListener(opened, open);
}
