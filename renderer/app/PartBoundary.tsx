import i18next from "i18next";
import { Component, type ReactNode } from "react";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Notice.tsx";

interface PartBoundaryProps {
  name: string;
  children: ReactNode;
}

/** Keeps the crash of one part to itself, says so, and offers to start it again. Another `key` starts it anew. */
export class PartBoundary extends Component<PartBoundaryProps, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    const details = `${error.name}: ${error.message}\n${error.stack ?? ""}`;
    return (
      <Notice
        tone="error"
        className="m-4"
        title={i18next.t("crash.title", { name: this.props.name })}
        actions={
          <>
            <Button onClick={() => void window.wherry.copy(details)}>{i18next.t("crash.copy")}</Button>
            <Button variant="primary" onClick={() => this.setState({ error: undefined })}>
              {i18next.t("crash.again")}
            </Button>
          </>
        }
      >
        {error.message}
      </Notice>
    );
  }
}
