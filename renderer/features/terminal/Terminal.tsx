import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal as Xterm, type ITheme } from "@xterm/xterm";
import { RotateCcw } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Target } from "../../../shared/contract.ts";
import { useResolvedTheme } from "../../app/theme.ts";
import { isMac } from "../../data/host.ts";
import type { OpenStream } from "../../data/connection.ts";
import { useConnection } from "../../data/services.tsx";
import { useCommands } from "../../data/useCommands.ts";
import { Button } from "../../ui/Button.tsx";

/** Colours of the terminal, from the tokens of the theme in force. */
function terminalTheme(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    background: token("background"),
    foreground: token("foreground"),
    cursor: token("ring"),
    cursorAccent: token("background"),
    selectionBackground: token("selected"),
    black: token("muted-foreground"),
    red: token("failed"),
    green: token("running"),
    yellow: token("pending"),
    blue: token("succeeded"),
    magenta: token("terminating"),
    cyan: token("series-7"),
    white: token("foreground"),
    brightBlack: token("input"),
    brightRed: token("failed"),
    brightGreen: token("running"),
    brightYellow: token("pending"),
    brightBlue: token("link"),
    brightMagenta: token("terminating"),
    brightCyan: token("series-7"),
    brightWhite: token("foreground"),
  };
}

interface TerminalProps {
  target: Target;
  container?: string | undefined;
  onLeave(): void;
}

type End = { text: string };

/** Copy, paste and leaving; every other key goes through. */
function keyHandler(terminal: Xterm, copy: (text: string) => void, leave: () => void) {
  return (event: KeyboardEvent): boolean => {
    if (event.type !== "keydown") return true;
    if (event.key === "F6" && event.shiftKey) return (leave(), false);
    const chord = isMac() ? event.metaKey : event.ctrlKey && event.shiftKey;
    if (chord && event.key.toLowerCase() === "c") {
      if (terminal.hasSelection()) copy(terminal.getSelection());
      event.preventDefault();
      return false;
    }
    return !(chord && event.key.toLowerCase() === "v");
  };
}

/** A shell in a container. */
export default function Terminal({ target, container, onLeave }: TerminalProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { copySecret } = useCommands();
  const box = useRef<HTMLDivElement>(null);
  const terminal = useRef<Xterm | null>(null);
  const [end, setEnd] = useState<End | undefined>();
  const [attempt, setAttempt] = useState(0);
  const theme = useResolvedTheme();
  const tools = useRef({ onLeave, copySecret, t });
  tools.current = { onLeave, copySecret, t };

  useEffect(() => {
    if (terminal.current) terminal.current.options.theme = terminalTheme();
  }, [theme]);

  useEffect(() => {
    const xterm = new Xterm({
      fontFamily: '"JetBrains Mono Variable", monospace',
      fontSize: 12,
      lineHeight: 1.2,
      cursorBlink: false,
      scrollback: 10_000,
      theme: terminalTheme(),
      screenReaderMode: false,
      allowProposedApi: false,
    });
    const fit = new FitAddon();
    xterm.loadAddon(fit);
    xterm.open(box.current!);
    fit.fit();
    terminal.current = xterm;
    setEnd(undefined);
    const stream: OpenStream<"terminal"> = connection.open(
      "terminal",
      { ...target, ...(container ? { container } : {}), columns: xterm.cols, rows: xterm.rows },
      {
        once: true,
        message: ({ data, exit, notice }) => {
          if (data !== undefined) xterm.write(data);
          if (notice) xterm.write(`\r\n\u001b[33m${notice}\u001b[0m\r\n`);
          if (exit !== undefined) setEnd({ text: tools.current.t("terminal.exited", { code: exit }) });
        },
        end: (error) => setEnd((before) => before ?? { text: error?.message ?? tools.current.t("terminal.closed") }),
      },
    );
    xterm.onData((data) => stream.update({ data }));
    xterm.onResize(({ cols, rows }) => stream.update({ size: { columns: cols, rows } }));
    xterm.attachCustomKeyEventHandler(
      keyHandler(
        xterm,
        (text) => void tools.current.copySecret(text),
        () => tools.current.onLeave(),
      ),
    );
    xterm.textarea?.setAttribute("aria-label", tools.current.t("terminal.label", { name: target.object.name }));
    const resize = new ResizeObserver(() => box.current && box.current.clientHeight > 20 && fit.fit());
    resize.observe(box.current!);
    xterm.focus();
    return () => {
      resize.disconnect();
      stream.close();
      xterm.dispose();
      terminal.current = null;
    };
    // A panel keeps its target for life; another attempt starts anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [connection, attempt]);

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div ref={box} className="min-h-0 flex-1 overflow-hidden py-1 pl-3" data-selectable />
      {end ? (
        <div role="status" className="flex items-center gap-3 border-t border-border bg-sidebar px-3 py-1.5">
          <span className="min-w-0 flex-1 truncate">{end.text}</span>
          <Button icon={RotateCcw} onClick={() => setAttempt(attempt + 1)}>
            {t("terminal.again")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
