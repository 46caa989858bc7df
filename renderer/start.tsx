import "./ui/window.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App.tsx";
import { startTranslations } from "./app/i18n.ts";
import { followLook } from "./app/theme.ts";
import { onPort } from "./data/host.ts";
import { createServices, ServicesProvider } from "./data/services.tsx";

/** Draws the window; services may come later. */
export async function startWindow(): Promise<void> {
  followLook();
  const services = createServices();
  onPort((port) => services.connection.attach(port));
  await startTranslations();
  createRoot(document.getElementById("root")!).render(
    <ServicesProvider services={services}>
      <App />
    </ServicesProvider>,
  );
}
