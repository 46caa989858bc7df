import { startWindow } from "./start.tsx";

await startWindow();
